// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/client"
)

// loadGrace is how long an engine may take, once the context has ended, to
// finish what it has begun.
const loadGrace = 20 * time.Second

// maxMessage is the most bytes of one message of a load's or pull's progress.
const maxMessage = 1 << 20

// NewName returns a name by which [Client.Load] knows an image as brought for
// the check alone. An image that has it in the stream is found by
// [Client.Leftovers] even if this process is killed before Load returns. It is
// for an image that nobody else loads, and that is not in the engine: engines
// lose an image that one client removes while another loads it, and with its
// last name they remove one that had no name before.
func (c *Client) NewName() string { return c.newMark(markMade) }

// Load loads the one image of a docker or OCI archive and returns its ID.
// [Client.RemoveImage] must be called for it. The image should have no name in
// the stream, or one from [Client.NewName]: any other would be taken from the
// image that has it, and would stay. An error of r is passed on. A Read of r
// may still be under way after the context ended.
func (c *Client) Load(ctx context.Context, r io.Reader) (string, error) {
	before, err := c.images(ctx)
	if err != nil {
		return "", err
	}
	in, done := newSource(ctx, r)
	names, err := c.load(ctx, in)
	done()
	if readErr := in.failure(); readErr != nil && ctx.Err() == nil {
		err = readErr
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("loading the image into the engine: %w", err), c.disown(ctx, names))
	}
	ids, err := c.adopt(ctx, names, before)
	if err == nil && len(ids) != 1 {
		err = fmt.Errorf("loading the image into the engine: the archive holds %d images", len(ids))
	}
	if err != nil {
		for _, id := range ids {
			err = errors.Join(err, c.RemoveImage(ctx, id))
		}
		return "", errors.Join(err, c.disown(ctx, names))
	}
	return ids[0], nil
}

// disown removes images by the names from [Client.NewName] that they were
// loaded with.
func (c *Client) disown(ctx context.Context, names []string) error {
	var failed []error
	for _, name := range names {
		if m, ok := parseMark(name); ok && m.owner == c.owner {
			failed = append(failed, c.unmark(ctx, name, func(tag string) bool { return tag == name }))
		}
	}
	return errors.Join(failed...)
}

// load returns what the engine calls the images it loaded. An engine that has
// the whole stream goes on loading, so its answer is waited for.
func (c *Client) load(ctx context.Context, r io.Reader) ([]string, error) {
	ctx, cancel := outliving(ctx, loadGrace)
	defer cancel()
	result, err := c.api.ImageLoad(ctx, r, client.ImageLoadWithQuiet(true))
	if err != nil {
		return nil, apiError(ctx, err)
	}
	defer result.Close()
	var names []string
	err = readMessages(ctx, result, func(text string) {
		if rest, ok := strings.CutPrefix(text, "Loaded image"); ok && len(names) < 100 {
			_, name, _ := strings.Cut(rest, ": ") // "Loaded image: app:1", "Loaded image ID: sha256:…"
			names = append(names, strings.TrimSpace(name))
		}
	})
	return names, err
}

// adopt marks loaded images as used and returns their IDs. An error comes with
// the IDs of those that are marked.
func (c *Client) adopt(ctx context.Context, names []string, before map[string]present) ([]string, error) {
	var ids []string
	for _, name := range names {
		image, err := c.Image(ctx, name)
		if err != nil {
			return ids, err
		}
		if !slices.Contains(ids, image.ID) {
			ids = append(ids, image.ID)
			if err := c.use(ctx, image.ID, before[image.ID]); err != nil {
				return ids, err
			}
		}
		if m, ok := parseMark(name); ok && m.owner == c.owner { // the new mark replaces it
			if err := c.unmark(ctx, image.ID, func(tag string) bool { return tag == name }); err != nil {
				return ids, err
			}
		}
	}
	return ids, nil
}

// present is what became of an image before the program came.
type present struct {
	is, isNamed, isMade bool
}

func newPresent(tags, digests []string) present {
	none := func(name string) bool { return strings.HasPrefix(name, "<none>") }
	names := slices.DeleteFunc(slices.Concat(tags, digests), none)
	return present{is: true, isNamed: len(names) > 0, isMade: isMade(tags)}
}

// images returns the engine's images by ID.
func (c *Client) images(ctx context.Context) (map[string]present, error) {
	list, err := c.listImages(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the engine's images: %w", cause(ctx, err))
	}
	images := make(map[string]present, len(list))
	for _, image := range list {
		images[image.ID] = newPresent(image.RepoTags, image.RepoDigests)
	}
	return images, nil
}

// source hands a reader's bytes to the engine. It ends with the context even
// while the reader does not answer, for the transport waits for its body; and
// it keeps the reader's error, which the library buries.
type source struct {
	*io.PipeReader

	mu  sync.Mutex
	err error
}

func newSource(ctx context.Context, r io.Reader) (*source, func()) {
	in, out := io.Pipe()
	s := &source{PipeReader: in}
	go func() {
		_, err := io.Copy(out, r)
		if err != nil && !errors.Is(err, io.ErrClosedPipe) {
			s.mu.Lock()
			s.err = err
			s.mu.Unlock()
		}
		_ = out.CloseWithError(err)
	}()
	stop := context.AfterFunc(ctx, func() { _ = in.CloseWithError(context.Cause(ctx)) })
	return s, func() {
		stop()
		_ = in.Close()
	}
}

func (s *source) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// readMessages reads the progress of a load or a pull to its end, and returns
// the error that it may hold.
func readMessages(ctx context.Context, r io.Reader, visit func(text string)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxMessage)
	for lines.Scan() {
		var message struct{ Stream, Status, Error string }
		if err := json.Unmarshal(lines.Bytes(), &message); err != nil {
			return fmt.Errorf("the engine's answer is not what it should be: %w", err)
		}
		if message.Error != "" {
			return errors.New(oneLine(message.Error))
		}
		visit(message.Stream)
	}
	if err := lines.Err(); err != nil {
		return cause(ctx, err)
	}
	return nil
}
