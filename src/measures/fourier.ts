// Discrete Fourier transforms of signals of any length. fft.js transforms lengths that are powers of two; Bluestein's
// algorithm (1970) reduces every other length to those.

import FFT from 'fft.js';

/** A complex spectrum: real and imaginary parts in turns. */
export type Spectrum = Float64Array;

/** A transform of signals of one length. */
export interface Transform {
  /** Returns the spectrum of a complex signal of `length` values (real and imaginary parts in turns). */
  forward(signal: Spectrum): Spectrum;
  /** Returns the signal of a spectrum. */
  inverse(spectrum: Spectrum): Spectrum;
}

/** Returns the transform of signals of `length` values. */
export function transformOf(length: number): Transform {
  const forward = (length & (length - 1)) === 0 && length > 1 ? direct(length) : bluestein(length);
  return {
    forward,
    inverse: (spectrum) => conjugated(forward(conjugated(spectrum))).map((value) => value / length),
  };
}

/** Returns a real signal as a complex one. */
export function complexOf(signal: ArrayLike<number>): Spectrum {
  const complex = new Float64Array(2 * signal.length);
  for (let at = 0; at < signal.length; at++) complex[2 * at] = signal[at]!;
  return complex;
}

function conjugated(values: Spectrum): Spectrum {
  return values.map((value, at) => (at % 2 === 1 ? -value : value));
}

function direct(length: number): Transform['forward'] {
  const fft = new FFT(length);
  return (signal) => {
    const spectrum = new Float64Array(2 * length);
    fft.transform(spectrum, signal);
    return spectrum;
  };
}

function bluestein(length: number): Transform['forward'] {
  let size = 2;
  while (size < 2 * length - 1) size *= 2;
  const fft = new FFT(size);
  // The chirp e^(-i pi n^2 / length). n^2 is taken modulo 2 length, so that the angle stays exact.
  const chirp = new Float64Array(2 * length);
  for (let n = 0; n < length; n++) {
    const angle = (-Math.PI * ((n * n) % (2 * length))) / length;
    chirp[2 * n] = Math.cos(angle);
    chirp[2 * n + 1] = Math.sin(angle);
  }
  const kernel = new Float64Array(2 * size);
  for (let n = 0; n < length; n++) {
    for (const at of n === 0 ? [0] : [n, size - n]) {
      kernel[2 * at] = chirp[2 * n]!;
      kernel[2 * at + 1] = -chirp[2 * n + 1]!;
    }
  }
  const kernelSpectrum = new Float64Array(2 * size);
  fft.transform(kernelSpectrum, kernel);
  return (signal) => {
    const padded = new Float64Array(2 * size);
    padded.set(multiplied(signal, chirp));
    const spectrum = new Float64Array(2 * size);
    fft.transform(spectrum, padded);
    const convolved = new Float64Array(2 * size);
    fft.inverseTransform(convolved, multiplied(spectrum, kernelSpectrum));
    return multiplied(convolved.subarray(0, 2 * length), chirp);
  };
}

function multiplied(a: Spectrum, b: Spectrum): Spectrum {
  const product = new Float64Array(a.length);
  for (let at = 0; at < a.length; at += 2) {
    product[at] = a[at]! * b[at]! - a[at + 1]! * b[at + 1]!;
    product[at + 1] = a[at]! * b[at + 1]! + a[at + 1]! * b[at]!;
  }
  return product;
}
