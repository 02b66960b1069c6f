// Convolves real signals with fixed symmetric taps, by fast Fourier transforms in double precision. The result of a
// signal depends on that signal alone. N is the size of a block, a power of two, and M is N / 2.
// A block x of N real samples is transformed as the M complex numbers x[2n] + i x[2n+1]. The forward transform leaves
// the frequencies in bit-reversed order and the backward transform takes them in this order, so nothing is sorted.
// Source: Press et al., Numerical Recipes, 3rd ed., sections 12.2 (radix 4 as two steps of radix 2), 12.3.2 (transform of
// real data) and 13.1.2 (overlap-save blocks).

/** One pass over all numbers: butterflies of four numbers that are `quarter` apart, with their three twiddle factors. */
interface Pass {
  readonly quarter: number;
  /** [quarter, 6]: real and imaginary parts of w^j, w^2j and w^3j, where w = exp(-2 pi i / (4 quarter)). */
  readonly twiddles: Float64Array;
}

/** Blocks of long signals have at least this many samples. */
const leastBlock = 2 ** 14;

/** A convolution with fixed taps for signals of one length. */
export class SymmetricConvolution {
  readonly #length: number;
  readonly #reach: number;
  readonly #half: number;
  readonly #passes: readonly Pass[];
  /** Bit-reversed position of each frequency [M]. */
  readonly #places: Uint32Array;
  /** [M + 1]: the real response at frequency k / N of the sampling rate, divided by M. */
  readonly #response: Float64Array;
  /** [M / 2 + 1]: cos and sin of 2 pi k / N. */
  readonly #turns: { readonly cos: Float64Array; readonly sin: Float64Array };
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  /**
   * @param taps - [2 * reach + 1], symmetric.
   * @param length - number of samples of a result; the convolved signals have `length + 2 * reach`.
   */
  constructor(taps: Float64Array, length: number) {
    this.#length = length;
    this.#reach = (taps.length - 1) / 2;
    const least = Math.min(length + 2 * this.#reach, Math.max(leastBlock, 8 * this.#reach));
    const half = Math.max(4, 2 ** (Math.ceil(Math.log2(least)) - 1));
    this.#half = half;
    this.#passes = passesOf(half);
    this.#places = bitReversed(half);
    const angles = Float64Array.from({ length: half / 2 + 1 }, (_, k) => (Math.PI * k) / half);
    this.#turns = { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
    this.#re = new Float64Array(half);
    this.#im = new Float64Array(half);
    this.#response = this.#responseOf(taps);
  }

  /**
   * Writes out[n] = sum over k of taps[k] * padded[n + k].
   *
   * @param padded - [length + 2 * reach].
   * @param out - [length], rounded to float32.
   */
  apply(padded: Float64Array, out: Float32Array): void {
    const size = 2 * this.#half;
    // The first and the last `reach` results of a block contain samples from its other end, so blocks overlap.
    const step = size - 2 * this.#reach;
    const [re, im] = [this.#re, this.#im];
    for (let start = 0; start < this.#length; start += step) {
      const count = Math.min(size, padded.length - start);
      for (let n = 0; n < this.#half; n++) {
        re[n] = 2 * n < count ? padded[start + 2 * n]! : 0;
        im[n] = 2 * n + 1 < count ? padded[start + 2 * n + 1]! : 0;
      }
      this.#forward();
      this.#multiply();
      this.#backward();
      const end = Math.min(start + step, this.#length);
      for (let n = start; n < end; n++) {
        const at = n - start + this.#reach;
        out[n] = (at % 2 === 0 ? re : im)[at >> 1]!;
      }
    }
  }

  /** Returns the response of symmetric taps around sample 0 of a block, which is real. */
  #responseOf(taps: Float64Array): Float64Array {
    const [half, re, im] = [this.#half, this.#re, this.#im];
    for (const [at, tap] of taps.entries()) {
      const n = (at - this.#reach + 2 * half) % (2 * half);
      (n % 2 === 0 ? re : im)[n >> 1] = tap;
    }
    this.#forward();
    const response = new Float64Array(half + 1);
    response[0] = (re[0]! + im[0]!) / half;
    response[half] = (re[0]! - im[0]!) / half;
    for (let k = 1; k < half; k++) {
      const [here, there] = [this.#places[k]!, this.#places[half - k]!];
      const evenRe = (re[here]! + re[there]!) / 2;
      const [oddRe, oddIm] = [(im[here]! + im[there]!) / 2, (re[there]! - re[here]!) / 2];
      const angle = (Math.PI * k) / half;
      response[k] = (evenRe + oddRe * Math.cos(angle) + oddIm * Math.sin(angle)) / half;
    }
    return response;
  }

  /** Multiplies the spectrum of the packed block by the response. Frequencies k and M - k are needed together. */
  #multiply(): void {
    const half = this.#half;
    const re = this.#re;
    const im = this.#im;
    const places = this.#places;
    const response = this.#response;
    const { cos, sin } = this.#turns;
    const sum = re[0]! + im[0]!;
    const difference = re[0]! - im[0]!;
    re[0] = (sum * response[0]! + difference * response[half]!) / 2;
    im[0] = (sum * response[0]! - difference * response[half]!) / 2;
    for (let k = 1; k <= half / 2; k++) {
      const here = places[k]!;
      const there = places[half - k]!;
      const mean = (response[k]! + response[half - k]!) / 2;
      const spread = (response[k]! - response[half - k]!) / 2;
      const c = cos[k]!;
      const s = sin[k]!;
      const evenRe = (re[here]! + re[there]!) / 2;
      const evenIm = (im[here]! - im[there]!) / 2;
      const oddRe = (im[here]! + im[there]!) / 2;
      const oddIm = (re[there]! - re[here]!) / 2;
      // With w = exp(-2 pi i k / N): even' = mean * even + spread * w * odd, odd' = mean * odd + spread * even / w.
      const newEvenRe = mean * evenRe + spread * (c * oddRe + s * oddIm);
      const newEvenIm = mean * evenIm + spread * (c * oddIm - s * oddRe);
      const newOddRe = mean * oddRe + spread * (c * evenRe - s * evenIm);
      const newOddIm = mean * oddIm + spread * (c * evenIm + s * evenRe);
      re[here] = newEvenRe - newOddIm;
      im[here] = newEvenIm + newOddRe;
      re[there] = newEvenRe + newOddIm;
      im[there] = newOddRe - newEvenIm;
    }
  }

  #forward(): void {
    const re = this.#re;
    const im = this.#im;
    for (const { quarter, twiddles } of this.#passes) forwardPass(re, im, quarter, twiddles);
    if (hasLastPair(this.#half)) pairs(re, im);
  }

  #backward(): void {
    const re = this.#re;
    const im = this.#im;
    if (hasLastPair(this.#half)) pairs(re, im);
    for (const { quarter, twiddles } of this.#passes.toReversed()) backwardPass(re, im, quarter, twiddles);
  }
}

function hasLastPair(size: number): boolean {
  return Math.log2(size) % 2 === 1;
}

function passesOf(size: number): Pass[] {
  const passes: Pass[] = [];
  for (let quarter = size / 4; quarter >= 1; quarter /= 4) {
    const twiddles = new Float64Array(6 * quarter);
    for (let j = 0; j < quarter; j++) {
      for (let power = 1; power <= 3; power++) {
        const angle = (-Math.PI * power * j) / (2 * quarter);
        twiddles[6 * j + 2 * power - 2] = Math.cos(angle);
        twiddles[6 * j + 2 * power - 1] = Math.sin(angle);
      }
    }
    passes.push({ quarter, twiddles });
  }
  return passes;
}

function bitReversed(size: number): Uint32Array {
  const places = new Uint32Array(size);
  for (let n = 1; n < size; n++) places[n] = (places[n >> 1]! >> 1) | (n % 2 === 1 ? size / 2 : 0);
  return places;
}

function forwardPass(re: Float64Array, im: Float64Array, quarter: number, w: Float64Array): void {
  for (let block = 0; block < re.length; block += 4 * quarter) {
    for (let j = 0; j < quarter; j++) {
      const p0 = block + j;
      const p1 = p0 + quarter;
      const p2 = p0 + 2 * quarter;
      const p3 = p0 + 3 * quarter;
      const sum02Re = re[p0]! + re[p2]!;
      const sum02Im = im[p0]! + im[p2]!;
      const dif02Re = re[p0]! - re[p2]!;
      const dif02Im = im[p0]! - im[p2]!;
      const sum13Re = re[p1]! + re[p3]!;
      const sum13Im = im[p1]! + im[p3]!;
      const dif13Re = re[p1]! - re[p3]!;
      const dif13Im = im[p1]! - im[p3]!;
      re[p0] = sum02Re + sum13Re;
      im[p0] = sum02Im + sum13Im;
      const t = 6 * j;
      const aRe = sum02Re - sum13Re;
      const aIm = sum02Im - sum13Im;
      re[p1] = aRe * w[t + 2]! - aIm * w[t + 3]!;
      im[p1] = aRe * w[t + 3]! + aIm * w[t + 2]!;
      const bRe = dif02Re + dif13Im;
      const bIm = dif02Im - dif13Re;
      re[p2] = bRe * w[t]! - bIm * w[t + 1]!;
      im[p2] = bRe * w[t + 1]! + bIm * w[t]!;
      const cRe = dif02Re - dif13Im;
      const cIm = dif02Im + dif13Re;
      re[p3] = cRe * w[t + 4]! - cIm * w[t + 5]!;
      im[p3] = cRe * w[t + 5]! + cIm * w[t + 4]!;
    }
  }
}

/** Undoes `forwardPass`, except for a factor of 4. */
function backwardPass(re: Float64Array, im: Float64Array, quarter: number, w: Float64Array): void {
  for (let block = 0; block < re.length; block += 4 * quarter) {
    for (let j = 0; j < quarter; j++) {
      const p0 = block + j;
      const p1 = p0 + quarter;
      const p2 = p0 + 2 * quarter;
      const p3 = p0 + 3 * quarter;
      const t = 6 * j;
      const aRe = re[p1]! * w[t + 2]! + im[p1]! * w[t + 3]!;
      const aIm = im[p1]! * w[t + 2]! - re[p1]! * w[t + 3]!;
      const bRe = re[p2]! * w[t]! + im[p2]! * w[t + 1]!;
      const bIm = im[p2]! * w[t]! - re[p2]! * w[t + 1]!;
      const cRe = re[p3]! * w[t + 4]! + im[p3]! * w[t + 5]!;
      const cIm = im[p3]! * w[t + 4]! - re[p3]! * w[t + 5]!;
      const sum02Re = re[p0]! + aRe;
      const sum02Im = im[p0]! + aIm;
      const sum13Re = re[p0]! - aRe;
      const sum13Im = im[p0]! - aIm;
      const dif02Re = bRe + cRe;
      const dif02Im = bIm + cIm;
      const dif13Re = cIm - bIm;
      const dif13Im = bRe - cRe;
      re[p0] = sum02Re + dif02Re;
      im[p0] = sum02Im + dif02Im;
      re[p1] = sum13Re + dif13Re;
      im[p1] = sum13Im + dif13Im;
      re[p2] = sum02Re - dif02Re;
      im[p2] = sum02Im - dif02Im;
      re[p3] = sum13Re - dif13Re;
      im[p3] = sum13Im - dif13Im;
    }
  }
}

/** The pass over neighbours that a size of 2, 8, 32, ... has besides its passes over four numbers. */
function pairs(re: Float64Array, im: Float64Array): void {
  for (let n = 0; n < re.length; n += 2) {
    const oneRe = re[n]!;
    const oneIm = im[n]!;
    const otherRe = re[n + 1]!;
    const otherIm = im[n + 1]!;
    re[n] = oneRe + otherRe;
    im[n] = oneIm + otherIm;
    re[n + 1] = oneRe - otherRe;
    im[n + 1] = oneIm - otherIm;
  }
}
