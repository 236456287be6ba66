// SPDX-License-Identifier: Apache-2.0

package report

import "unicode"

// wide is the characters that a terminal shows in two columns: the blocks that
// Unicode's EastAsianWidth.txt marks as wide or fullwidth throughout, or nearly.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, // Hangul Jamo, leading consonants
		{0x2e80, 0x303e, 1}, // CJK radicals, symbols and punctuation
		{0x3041, 0x33ff, 1}, // Hiragana to CJK compatibility
		{0x3400, 0x4dbf, 1}, // CJK ideographs, extension A
		{0x4e00, 0xa4cf, 1}, // CJK ideographs, Yi
		{0xa960, 0xa97f, 1}, // Hangul Jamo, extension A
		{0xac00, 0xd7a3, 1}, // Hangul syllables
		{0xf900, 0xfaff, 1}, // CJK compatibility ideographs
		{0xfe30, 0xfe6f, 1}, // CJK compatibility and small forms
		{0xff01, 0xff60, 1}, // fullwidth forms
		{0xffe0, 0xffe6, 1}, // fullwidth signs
	},
	R32: []unicode.Range32{
		{0x1f300, 0x1f64f, 1}, // pictographs, emoticons
		{0x1f680, 0x1f6ff, 1}, // transport and map symbols
		{0x1f900, 0x1f9ff, 1}, // supplemental pictographs
		{0x1fa70, 0x1faff, 1}, // pictographs, extension A
		{0x20000, 0x3fffd, 1}, // CJK ideographs, extensions B and later
	},
}

// columns returns the width of s on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r < 0x300:
			n++
		case unicode.In(r, unicode.Mn, unicode.Me):
		case unicode.Is(wide, r):
			n += 2
		default:
			n++
		}
	}
	return n
}
