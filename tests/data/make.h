/* Small data files from one line of text.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DATA_MAKE_H
#define TESTS_DATA_MAKE_H

#include "base/base.h"

/* Appends the file that SPEC describes:
 *   cut=N SPEC            the first N bytes of it
 *   gz SPEC               packed by gzip
 *   npy DTYPE C|F DIMS: numbers       DTYPE as numpy writes it ("<f4"), DIMS "2,3"; F: Fortran order is claimed
 *   idx CODE DIMS: numbers            CODE 8 uint8, 9 int8, 11 int16, 12 int32, 13 float, 14 double
 *   npz NAME=SPEC; NAME=SPEC          a zip of NAME.npy
 *   wav RATE CHANNELS BITS: samples   in -1 .. 1
 *   png WIDTH HEIGHT CHANNELS: bytes
 *   jpg WIDTH HEIGHT CHANNELS: bytes  the last number repeats until the picture is full (png, too)
 *   anything else                     itself
 * Fewer numbers than DIMS may be given: then the file lies about its size. */
void make_file(const char *spec, Out *out);

#endif
