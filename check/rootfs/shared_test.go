// SPDX-License-Identifier: Apache-2.0

package rootfs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/fgpreflight/fgpreflight/check/rootfs"
)

// store has blobs of one origin and counts what is done with them.
type store struct {
	origin         string
	opened, closed atomic.Int64
	// wrap returns what is read in place of a blob, at the n-th opening of all,
	// from 1; nil for the blob.
	wrap func(ctx context.Context, n int64, blob io.Reader) io.Reader
}

// layer returns a layer of the store with both digests, those of right.
func (s *store) layer(name string, blob, right []byte) rootfs.Layer {
	return rootfs.Layer{
		Name:   name,
		Origin: s.origin,
		Digest: digest(right),
		DiffID: digest(right),
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			n := s.opened.Add(1)
			var r io.Reader = bytes.NewReader(blob)
			if s.wrap != nil {
				r = s.wrap(ctx, n, r)
			}
			return counted{r, &s.closed}, nil
		},
	}
}

// want checks how often blobs were opened and how many are open.
func (s *store) want(t *testing.T, what string, opened, open int64) {
	t.Helper()
	if got, isOpen := s.opened.Load(), s.opened.Load()-s.closed.Load(); got != opened || isOpen != open {
		t.Errorf("%s: %d blobs opened, %d of them open; want %d and %d", what, got, isOpen, opened, open)
	}
}

type counted struct {
	io.Reader

	closed *atomic.Int64
}

func (c counted) Close() error {
	c.closed.Add(1)
	return nil
}

func newShared(t *testing.T) *rootfs.Shared {
	t.Helper()
	s := rootfs.NewShared(t.Context())
	t.Cleanup(s.Close)
	return s
}

// TestSharedOnce has images one after the other, each asking further than the
// one before: the layer that they share is read on where that one stopped.
func TestSharedOnce(t *testing.T) {
	shared := newShared(t)
	s := &store{origin: "here"}
	blob := base(t)
	for i, ask := range []func(*rootfs.FS) error{
		func(f *rootfs.FS) error { return read(f, "etc/passwd", "root")() },
		func(f *rootfs.FS) error { return read(f, "etc/group", "wheel")() },
		func(f *rootfs.FS) error { return readHead(f, "usr/bin/python")() },
		func(f *rootfs.FS) error { return stat(f, "usr/share/250")() },
		func(f *rootfs.FS) error { return read(f, "etc/passwd", "root")() },
	} {
		own := tarOf(t, file(fmt.Sprintf("app/%d", i), ""))
		f := rootfs.New(t.Context(), []rootfs.Layer{s.layer("base", blob, blob), s.layer("own", own, own)}, rootfs.Options{Shared: shared})
		if err := errors.Join(stat(f, fmt.Sprintf("app/%d", i))(), ask(f), f.Close()); err != nil {
			t.Errorf("image %d: %v", i, err)
		}
		s.want(t, fmt.Sprintf("image %d", i), int64(i)+2, 1)
	}
	f := open(t, rootfs.Options{Shared: shared}, s.layer("base", blob, blob))
	if err := missing(f, "no/such")(); err != nil {
		t.Error(err)
	}
	if got := f.Stats().Layers[0]; !got.Done || got.Opened != 1 || got.Read != int64(len(blob)) || got.Entries != 504 {
		t.Errorf("the layer was read as %+v, want all of it once", got)
	}
	s.want(t, "all of it", 6, 0)
}

// TestSharedSideBySide is for the race detector.
func TestSharedSideBySide(t *testing.T) {
	for _, complete := range []bool{false, true} {
		shared := newShared(t)
		s := &store{origin: "here"}
		lower, upper := base(t), tarOf(t, dir("usr"), file("usr/bin/upper", "").mode(0o755), file(".wh.gone", ""))
		var images sync.WaitGroup
		for i := range 20 {
			images.Go(func() {
				// The same layer twice is nothing special.
				layers := []rootfs.Layer{s.layer("lower", lower, lower), s.layer("upper", upper, upper), s.layer("again", upper, upper)}
				f := rootfs.New(t.Context(), layers, rootfs.Options{Shared: shared, Complete: complete})
				list, err := f.ReadDir("usr/bin")
				if err != nil || len(list) != 2 {
					t.Errorf("usr/bin: %v, %v; want two programs", list, err)
				}
				f.Stats()
				err = errors.Join(stat(f, fmt.Sprintf("usr/share/%d", i*20))(), missing(f, "no/such")(), f.Close())
				if err != nil {
					t.Error(err)
				}
			})
		}
		images.Wait()
		s.want(t, fmt.Sprintf("complete %t", complete), 2, 0)
	}
}

// TestSharedOnlyTheSame has layers that are not known to be the same.
func TestSharedOnlyTheSame(t *testing.T) {
	blob := base(t)
	same := func(*rootfs.Layer, *rootfs.Options) {}
	tests := []struct {
		name   string
		change func(*rootfs.Layer, *rootfs.Options)
		want   int64
	}{
		{"the same", same, 1},
		{"another name", func(l *rootfs.Layer, _ *rootfs.Options) { l.Name = "layer 7" }, 1},
		{"another origin", func(l *rootfs.Layer, _ *rootfs.Options) { l.Origin = "there" }, 2},
		{"no origin", func(l *rootfs.Layer, _ *rootfs.Options) { l.Origin = "" }, 2},
		{"no digest", func(l *rootfs.Layer, _ *rootfs.Options) { l.Digest = "" }, 2},
		{"no diff ID", func(l *rootfs.Layer, _ *rootfs.Options) { l.DiffID = "" }, 2},
		{"other limits", func(_ *rootfs.Layer, o *rootfs.Options) { o.Limits.Entries = 600 }, 2},
		{"nothing shared", func(_ *rootfs.Layer, o *rootfs.Options) { o.Shared = nil }, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &store{origin: "here"}
			shared := newShared(t)
			for _, change := range []func(*rootfs.Layer, *rootfs.Options){same, test.change} {
				l, o := s.layer("layer 1", blob, blob), rootfs.Options{Shared: shared}
				change(&l, &o)
				if err := missing(open(t, o, l), "no/such")(); err != nil {
					t.Error(err)
				}
			}
			s.want(t, test.name, test.want, 0)
		})
	}
}

// TestSharedWrongBytes has bytes that are not those of their digest: an error
// of each image that reads as far, in its own words, and of no image that has
// the true ones.
func TestSharedWrongBytes(t *testing.T) {
	right, padded := base(t), append(base(t), make([]byte, 512)...)
	cut := right[:len(right)/2]
	for name, test := range map[string]struct {
		blob []byte
		want string
	}{
		"digest":   {padded, "digest mismatch"},
		"cut off":  {cut, "unexpected EOF"},
		"no tar":   {bytes.Repeat([]byte("garbage "), 200), "invalid tar header"},
		"too much": {tarOf(t, file(strings.Repeat("n", 5000), "")), "a name of 5000 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			shared, s := newShared(t), &store{origin: "here"}
			for _, layer := range []string{"layer 1", "layer 2"} {
				wantBroken(t, open(t, rootfs.Options{Shared: shared}, s.layer(layer, test.blob, right)), layer, test.want)
			}
			s.want(t, "both images", 1, 0)
			there := &store{origin: "there"}
			if err := missing(open(t, rootfs.Options{Shared: shared}, there.layer("layer 1", right, right)), "no/such")(); err != nil {
				t.Errorf("from elsewhere: %v", err)
			}
		})
	}
	t.Run("diff ID", func(t *testing.T) {
		shared, s := newShared(t), &store{origin: "here"}
		lying := s.layer("layer 1", right, right)
		lying.DiffID = digest(padded)
		wantBroken(t, open(t, rootfs.Options{Shared: shared}, lying), "layer 1", "uncompressed: digest mismatch")
		if err := missing(open(t, rootfs.Options{Shared: shared}, s.layer("layer 1", right, right)), "no/such")(); err != nil {
			t.Errorf("an image that does not lie: %v", err)
		}
	})
}

// TestSharedTriesAgain has a blob that breaks off the first time, behind what
// the first image asks for. Who needs more gets it of one whole stream, as the
// digest says nothing of the bytes before the break.
func TestSharedTriesAgain(t *testing.T) {
	right, wrong := base(t), tarOf(t, dir("etc"), file("etc/passwd", "evil"), file("etc/more", string(program)))
	trouble := errors.New("connection reset")
	s := &store{origin: "here", wrap: func(_ context.Context, n int64, blob io.Reader) io.Reader {
		if n > 1 {
			return blob
		}
		return io.MultiReader(bytes.NewReader(wrong[:4096]), readerFunc(func([]byte) (int, error) { return 0, trouble }))
	}}
	shared := newShared(t)
	first := open(t, rootfs.Options{Shared: shared}, s.layer("layer 1", right, right))
	if err := read(first, "etc/passwd", "evil")(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if _, err := first.Stat("usr/share/499"); !errors.Is(err, trouble) {
			t.Errorf("the image that met the trouble: %v, want it", err)
		}
	}
	s.want(t, "the first image", 1, 0)
	second := open(t, rootfs.Options{Shared: shared}, s.layer("layer 1", right, right))
	if err := errors.Join(missing(second, "no/such")(), missing(second, "etc/more")(), read(second, "etc/passwd", "root")()); err != nil {
		t.Errorf("the next image: %v", err)
	}
	s.want(t, "the next image", 2, 0)
}

// TestSharedEndedContext has two images that wait for the same bytes, and the
// time of each is over: that of the one that reads, and that of the one that
// waits for it. A third gets its answer.
func TestSharedEndedContext(t *testing.T) {
	over := errors.New("the time is over")
	blocked := make(chan struct{})
	s := &store{origin: "here", wrap: func(ctx context.Context, n int64, blob io.Reader) io.Reader {
		if n > 1 {
			return blob
		}
		return readerFunc(func([]byte) (int, error) {
			close(blocked)
			<-ctx.Done()
			return 0, context.Cause(ctx)
		})
	}}
	shared, blob := newShared(t), base(t)
	readerCtx, endReader := context.WithCancelCause(t.Context())
	waiterCtx, endWaiter := context.WithCancelCause(t.Context())
	ask := func(ctx context.Context) <-chan error {
		answer := make(chan error, 1)
		go func() {
			f := rootfs.New(ctx, []rootfs.Layer{s.layer("layer 1", blob, blob)}, rootfs.Options{Shared: shared})
			answer <- errors.Join(read(f, "etc/passwd", "root")(), f.Close())
		}()
		return answer
	}
	reader := ask(readerCtx)
	<-blocked
	waiter, third := ask(waiterCtx), ask(t.Context())
	endWaiter(over)
	if err := <-waiter; !errors.Is(err, over) {
		t.Errorf("who waits: %v, want the cause", err)
	}
	endReader(over)
	if err := <-reader; !errors.Is(err, over) {
		t.Errorf("who reads: %v, want the cause", err)
	}
	if err := <-third; err != nil {
		t.Errorf("who has time: %v", err)
	}
	s.want(t, "all", 2, 1)
}

// TestSharedOutlivesContext goes on with a stream whose first asker is gone.
func TestSharedOutlivesContext(t *testing.T) {
	s := &store{origin: "here", wrap: func(ctx context.Context, _ int64, blob io.Reader) io.Reader {
		return readerFunc(func(p []byte) (int, error) {
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
			return blob.Read(p)
		})
	}}
	shared, blob := newShared(t), base(t)
	for _, name := range []string{"usr/share/0", "usr/share/499"} {
		ctx, cancel := context.WithCancel(t.Context())
		f := rootfs.New(ctx, []rootfs.Layer{s.layer("layer 1", blob, blob)}, rootfs.Options{Shared: shared})
		if err := errors.Join(stat(f, name)(), f.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
	s.want(t, "both", 1, 1)
}

// TestSharedLimits has limits that one image breaks and others do not, although
// they share its layers.
func TestSharedLimits(t *testing.T) {
	var blobs [][]byte
	for i := range 3 {
		items := []item{file(fmt.Sprintf("first%d", i), "")}
		for j := range 50 {
			items = append(items, file(fmt.Sprintf("%d-%d", i, j), string(program)))
		}
		blobs = append(blobs, tarOf(t, items...))
	}
	tests := map[string]rootfs.Limits{
		"entries": {Entries: 120},
		"names":   {NamesTotal: 500},
		"bytes":   {Bytes: 2 * int64(len(blobs[0])+10_000)},
	}
	for name, limits := range tests {
		t.Run(name, func(t *testing.T) {
			s := &store{origin: "here"}
			o := rootfs.Options{Shared: newShared(t), Limits: limits}
			image := func(which ...int) *rootfs.FS {
				var layers []rootfs.Layer
				for _, i := range which {
					layers = append(layers, s.layer(fmt.Sprintf("layer %d", i), blobs[i], blobs[i]))
				}
				return open(t, o, layers...)
			}
			wantLimit := func(what string, f *rootfs.FS) {
				t.Helper()
				if err := missing(f, "no/such")(); !errors.Is(err, rootfs.ErrLimit) {
					t.Errorf("%s: %v, want ErrLimit", what, err)
				}
			}
			wantLimit("all three, unread", image(0, 1, 2))
			for _, pair := range [][]int{{0, 1}, {1, 2}, {2, 0}} {
				if err := missing(image(pair...), "no/such")(); err != nil {
					t.Errorf("layers %v: %v", pair, err)
				}
			}
			opened := s.opened.Load()
			wantLimit("all three, each read by others", image(0, 1, 2))
			wantLimit("one of them three times", image(0, 0, 0))
			if err := stat(image(0, 1, 2), "first0")(); err != nil {
				t.Errorf("two layers, and the front of one that others read to the end: %v", err)
			}
			if s.opened.Load() != opened {
				t.Errorf("%d blobs opened, want what was read to do", s.opened.Load()-opened)
			}
		})
	}
}

// TestSharedCapture bounds what is captured by the image that reads, too.
func TestSharedCapture(t *testing.T) {
	s := &store{origin: "here"}
	o := rootfs.Options{Shared: newShared(t), Limits: rootfs.Limits{CaptureTotal: 1500}}
	var layers []rootfs.Layer
	for i := range 2 {
		blob := tarOf(t, file(fmt.Sprintf("bin/%d", i), string(program)).mode(0o755))
		layers = append(layers, s.layer("layer", blob, blob))
	}
	f := open(t, o, layers...)
	if err := errors.Join(missing(f, "no/such")(), readHead(f, "bin/1")()); err != nil {
		t.Error(err)
	}
	s.want(t, "what was captured", 2, 0)
	if err := readHead(f, "bin/0")(); err != nil {
		t.Error(err)
	}
	if s.opened.Load() == 2 {
		t.Error("the second program was captured, more than the image may")
	}
}

// TestSharedContent reads files that are not captured: a small one once for all
// images, a large one for each.
func TestSharedContent(t *testing.T) {
	large := strings.Repeat("large", 20_000)
	blob := tarOf(t, file("small", string(program)), file("large", large), file("last", ""))
	for name, want := range map[string]struct {
		content string
		opened  int64
	}{"small": {string(program), 2}, "large": {large, 1 + 10}} {
		s, shared := &store{origin: "here"}, newShared(t)
		var images sync.WaitGroup
		for range 10 {
			images.Go(func() {
				f := rootfs.New(t.Context(), []rootfs.Layer{s.layer("layer 1", blob, blob)}, rootfs.Options{Shared: shared})
				if err := errors.Join(missing(f, "no/such")(), read(f, name, want.content)(), f.Close()); err != nil {
					t.Error(err)
				}
			})
		}
		images.Wait()
		s.want(t, name, want.opened, 0)
	}
}

// TestSharedContentFails has a layer that cannot be read again, for one image;
// the next one tries itself.
func TestSharedContentFails(t *testing.T) {
	trouble := errors.New("connection reset")
	s := &store{origin: "here", wrap: func(_ context.Context, n int64, blob io.Reader) io.Reader {
		if n == 2 {
			return readerFunc(func([]byte) (int, error) { return 0, trouble })
		}
		return blob
	}}
	shared, blob := newShared(t), tarOf(t, file("a", string(program)))
	for i, want := range []error{trouble, nil} {
		f := open(t, rootfs.Options{Shared: shared}, s.layer("layer 1", blob, blob))
		if _, err := f.ReadFile("a"); !errors.Is(err, want) {
			t.Errorf("image %d: %v, want %v", i, err, want)
		}
	}
	s.want(t, "both", 3, 1)
}

// TestSharedForgets has more layers than are kept without a user.
func TestSharedForgets(t *testing.T) {
	const layers = 300
	s, shared := &store{origin: "here"}, newShared(t)
	ask := func(i int, name string) {
		t.Helper()
		blob := tarOf(t, file("a", strconv.Itoa(i)), file("b", string(program)), file("c", ""))
		f := rootfs.New(t.Context(), []rootfs.Layer{s.layer("layer", blob, blob)}, rootfs.Options{Shared: shared})
		if err := errors.Join(stat(f, name)(), f.Close()); err != nil {
			t.Errorf("layer %d: %v", i, err)
		}
	}
	for i := range layers {
		ask(i, "a")
	}
	s.want(t, "layers read in part", layers, 4)
	ask(layers-1, "b")
	s.want(t, "the latest, further on", layers, 4)
	ask(layers-20, "a")
	s.want(t, "one whose stream was closed, what is known", layers, 4)
	ask(layers-20, "b")
	s.want(t, "the same, further on", layers+1, 4)
	ask(0, "a")
	s.want(t, "the first", layers+2, 4)
	shared.Close()
	s.want(t, "the end", layers+2, 0)
}

// TestSharedForgetsBytes has so much to keep of each layer that it keeps few. A
// diff ID may be of any length, as it comes from a config.
func TestSharedForgetsBytes(t *testing.T) {
	s, shared := &store{origin: "here"}, newShared(t)
	blob, long := tarOf(t, file("a", "")), strings.Repeat("0", 20<<10)
	rootfs.SetMaxIdleBytes(shared, 128<<10)
	for i := range 10 {
		l := s.layer("layer", blob, blob)
		l.DiffID = fmt.Sprintf("sha256:%d%s", i, long)
		f := rootfs.New(t.Context(), []rootfs.Layer{l}, rootfs.Options{Shared: shared})
		if err := errors.Join(stat(f, "a")(), f.Close()); err != nil {
			t.Error(err)
		}
	}
	if got := rootfs.IdleLayers(shared); got != 6 {
		t.Errorf("%d layers with 20 KiB each are kept, want 6 of them in 128 KiB", got)
	}
	s.want(t, "those", 10, 4)
}

// TestSharedClose ends while one image reads and another has stopped early.
func TestSharedClose(t *testing.T) {
	defer goleak.VerifyNone(t)
	blob, slow := base(t), tarOf(t, file("slow", ""))
	blocked := make(chan struct{})
	s := &store{origin: "here"}
	hanging := &store{origin: "here", wrap: func(ctx context.Context, _ int64, _ io.Reader) io.Reader {
		return readerFunc(func([]byte) (int, error) {
			close(blocked)
			<-ctx.Done()
			return 0, context.Cause(ctx)
		})
	}}
	shared := rootfs.NewShared(t.Context())
	stopped := rootfs.New(t.Context(), []rootfs.Layer{s.layer("layer 1", blob, blob)}, rootfs.Options{Shared: shared})
	if err := stat(stopped, "etc/passwd")(); err != nil {
		t.Error(err)
	}
	answer := make(chan error)
	go func() {
		f := rootfs.New(t.Context(), []rootfs.Layer{hanging.layer("layer 1", slow, slow)}, rootfs.Options{Shared: shared})
		answer <- errors.Join(stat(f, "slow")(), f.Close())
	}()
	<-blocked
	shared.Close()
	if err := <-answer; !errors.Is(err, fs.ErrClosed) {
		t.Errorf("who was reading: %v, want ErrClosed", err)
	}
	if _, err := stopped.Stat("usr/share/499"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("who asks for more: %v, want ErrClosed", err)
	}
	if err := stopped.Close(); err != nil {
		t.Error(err)
	}
	s.want(t, "who has stopped", s.opened.Load(), 0)
	hanging.want(t, "who was reading", 1, 0)
}

// TestSharedCloseMeanwhile ends between two reads of one question, which has its
// answer by then.
func TestSharedCloseMeanwhile(t *testing.T) {
	blob := tarOf(t, dir("a"), dir("b"), dir("c"))
	blocked, ended := make(chan struct{}), make(chan struct{})
	s := &store{origin: "here", wrap: func(_ context.Context, _ int64, blob io.Reader) io.Reader {
		return io.MultiReader(io.LimitReader(blob, 512), readerFunc(func(p []byte) (int, error) {
			close(blocked)
			<-ended
			return blob.Read(p)
		}))
	}}
	shared := rootfs.NewShared(t.Context())
	f := open(t, rootfs.Options{Shared: shared}, s.layer("layer 1", blob, blob))
	answer := make(chan error)
	go func() { answer <- stat(f, "b")() }()
	<-blocked
	shared.Close()
	close(ended)
	if err := <-answer; err != nil {
		t.Error(err)
	}
	s.want(t, "after the answer", 1, 0)
}

// TestSharedAfterPanic has a blob that panics: what was read with it is not gone
// on with.
func TestSharedAfterPanic(t *testing.T) {
	s := &store{origin: "here", wrap: func(_ context.Context, n int64, blob io.Reader) io.Reader {
		if n > 1 {
			return blob
		}
		return readerFunc(func([]byte) (int, error) { panic("a defect") })
	}}
	shared, blob := newShared(t), base(t)
	func() {
		f := open(t, rootfs.Options{Shared: shared}, s.layer("layer 1", blob, blob))
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_, _ = f.Stat("etc")
	}()
	if err := missing(open(t, rootfs.Options{Shared: shared}, s.layer("layer 1", blob, blob)), "no/such")(); err != nil {
		t.Error(err)
	}
}
