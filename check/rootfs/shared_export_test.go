// SPDX-License-Identifier: Apache-2.0

package rootfs

// IdleLayers returns how many layers are kept that no open [FS] has.
func IdleLayers(s *Shared) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.idle)
}

// SetMaxIdleBytes sets how much memory such layers may take.
func SetMaxIdleBytes(s *Shared, n int64) { s.maxIdleBytes = n }
