// SPDX-License-Identifier: Apache-2.0

// Package rootfs shows the root file system of an image as an [io/fs.FS] over
// the image's layers, without unpacking them.
//
// [New] opens nothing. A question reads the layers from the top down, and each
// layer only as far as the answer needs: the reader is kept open where the
// entry was found and goes on from there when a later question needs more. A
// layer is therefore decompressed at most once, however many names are asked
// for; with a [Shared], however many images have it. Three things cost more:
//
//   - A name that does not exist needs every layer to its end.
//   - A directory listing needs every layer to its end.
//   - The content of a file beyond the part that was captured while the layer
//     was indexed (see [FS.Open]) opens the layer a second time and reads it up
//     to the file. What is so read of a small file is shared, too.
//
// An early stop inside a layer assumes that the entry that was found is not
// repeated later in the same layer, and that no layer has an entry for the root
// which closes it. [Options.Complete] reads every layer to its
// end before anything is answered: the last entry then wins, as it does for
// whoever unpacks the layer, and every digest that is known is verified.
//
// # What is shown
//
// Layers are stacked as overlayfs does: each layer is taken for itself, as if
// unpacked into an empty folder, and covers the ones below.
//
//   - Names are cleaned: "./etc/passwd", "/etc/passwd", "etc//passwd" and
//     "../etc/passwd" are one file.
//   - ".wh.NAME" hides NAME in lower layers, ".wh..wh..opq" hides whatever lower
//     layers have in its directory; neither touches its own layer.
//   - A directory over a directory is both; anything else hides what is below.
//   - A directory without an entry of its own exists when something is in it. It
//     has the owner and mode of the next lower layer's entry, else root and 0755.
//   - Symbolic links are followed in every component, inside the image.
//   - Hard links are the file that they name, in their own layer or below.
//   - Devices and pipes have their metadata and read as empty.
//
// Layers are hostile: [Limits] bounds what they may cost in time and memory. A
// layer that cannot be read is a [LayerError], which is never
// [io/fs.ErrNotExist], and every later question that needs the layer gets the
// same error.
package rootfs
