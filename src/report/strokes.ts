// Draws text as pen strokes, so that a picture needs no font: SVG and PNG show the same text on every machine.
// Contains Latin letters, digits and the signs that an ECG needs. Every other character becomes a small box.
// Grid units with y downward: capitals from y 0 to 6, small letters from y 2 to 6, descenders to y 8.

/** The width and the path of each glyph. Every pair of numbers is a point, so adding an offset moves the glyph. */
const glyphs: Record<string, readonly [number, string]> = {
  ' ': [1.6, ''],
  '0': [4, 'M2 0Q4 0 4 3Q4 6 2 6Q0 6 0 3Q0 0 2 0'],
  '1': [2.6, 'M.4 1.3L2 0L2 6'],
  '2': [4, 'M.2 1.5Q.4 0 2 0Q3.8 0 3.8 1.6Q3.8 2.7 2.6 3.8L0 6L4 6'],
  '3': [4, 'M.3 .9Q.9 0 2 0Q3.7 0 3.7 1.4Q3.7 2.8 1.5 2.8Q4 2.8 4 4.4Q4 6 2 6Q.5 6 0 4.9'],
  '4': [4.2, 'M3.1 6L3.1 0L0 4.2L4.2 4.2'],
  '5': [4, 'M3.7 0L.7 0L.4 2.8Q1 2.2 2 2.2Q4 2.2 4 4.1Q4 6 1.9 6Q.5 6 0 5'],
  '6': [4, 'M3.5 .6Q3 0 2.2 0Q0 0 0 3.5Q0 6 2 6Q4 6 4 4.2Q4 2.5 2.1 2.5Q.4 2.5 0 4'],
  '7': [3.9, 'M0 0L3.9 0L1.4 6'],
  '8': [
    4,
    'M2 2.8Q.3 2.8 .3 1.4Q.3 0 2 0Q3.7 0 3.7 1.4Q3.7 2.8 2 2.8Q4 2.8 4 4.4Q4 6 2 6Q0 6 0 4.4Q0 2.8 2 2.8',
  ],
  '9': [4, 'M4 2Q3.6 3.5 1.9 3.5Q0 3.5 0 1.8Q0 0 2 0Q4 0 4 2.5Q4 6 1.8 6Q1 6 .5 5.4'],
  A: [4.6, 'M0 6L2.3 0L4.6 6M.8 4L3.8 4'],
  B: [4, 'M0 0L0 6L2.3 6Q4 6 4 4.4Q4 2.8 2.3 2.8L0 2.8M2.3 2.8Q3.7 2.8 3.7 1.4Q3.7 0 2.2 0L0 0'],
  C: [4.4, 'M4.4 1.2Q3.7 0 2.4 0Q0 0 0 3Q0 6 2.4 6Q3.7 6 4.4 4.8'],
  D: [4.3, 'M0 0L0 6L1.8 6Q4.3 6 4.3 3Q4.3 0 1.8 0L0 0'],
  E: [3.6, 'M3.6 0L0 0L0 6L3.6 6M0 2.9L3 2.9'],
  F: [3.5, 'M3.5 0L0 0L0 6M0 2.9L2.9 2.9'],
  G: [4.6, 'M4.4 1.2Q3.7 0 2.4 0Q0 0 0 3Q0 6 2.4 6Q3.8 6 4.6 5L4.6 3.2L2.7 3.2'],
  H: [4.2, 'M0 0L0 6M4.2 0L4.2 6M0 2.9L4.2 2.9'],
  I: [0.2, 'M.1 0L.1 6'],
  J: [2.8, 'M2.8 0L2.8 4.3Q2.8 6 1.3 6Q.3 6 0 5'],
  K: [4.1, 'M0 0L0 6M4 0L0 3.7M1.4 2.5L4.1 6'],
  L: [3.4, 'M0 0L0 6L3.4 6'],
  M: [5.2, 'M0 6L0 0L2.6 4.2L5.2 0L5.2 6'],
  N: [4.3, 'M0 6L0 0L4.3 6L4.3 0'],
  O: [4.8, 'M2.4 0Q4.8 0 4.8 3Q4.8 6 2.4 6Q0 6 0 3Q0 0 2.4 0'],
  P: [3.9, 'M0 6L0 0L2.2 0Q3.9 0 3.9 1.6Q3.9 3.2 2.2 3.2L0 3.2'],
  Q: [4.8, 'M2.4 0Q4.8 0 4.8 3Q4.8 6 2.4 6Q0 6 0 3Q0 0 2.4 0M3 4.5L4.7 6.6'],
  R: [4, 'M0 6L0 0L2.2 0Q3.9 0 3.9 1.6Q3.9 3.1 2.2 3.1L0 3.1M2.2 3.1L4 6'],
  S: [4, 'M3.7 1.1Q3.2 0 2 0Q.3 0 .3 1.5Q.3 2.6 2 2.9Q4 3.3 4 4.5Q4 6 2 6Q.4 6 0 4.8'],
  T: [4.2, 'M0 0L4.2 0M2.1 0L2.1 6'],
  U: [4.2, 'M0 0L0 4Q0 6 2.1 6Q4.2 6 4.2 4L4.2 0'],
  V: [4.4, 'M0 0L2.2 6L4.4 0'],
  W: [6, 'M0 0L1.5 6L3 0L4.5 6L6 0'],
  X: [4.2, 'M0 0L4.2 6M4.2 0L0 6'],
  Y: [4.4, 'M0 0L2.2 3.1L4.4 0M2.2 3.1L2.2 6'],
  Z: [4.1, 'M0 0L4.1 0L0 6L4.1 6'],
  a: [3.3, 'M.4 2.7Q.9 2 1.8 2Q3.3 2 3.3 3.4L3.3 6M3.3 3.8L1.7 3.8Q0 3.8 0 4.9Q0 6 1.4 6Q2.6 6 3.3 5'],
  b: [3.5, 'M0 0L0 6M0 3.6Q.4 2 1.8 2Q3.5 2 3.5 4Q3.5 6 1.8 6Q.4 6 0 4.4'],
  c: [3.2, 'M3.2 2.9Q2.7 2 1.8 2Q0 2 0 4Q0 6 1.8 6Q2.7 6 3.2 5.1'],
  d: [3.5, 'M3.5 0L3.5 6M3.5 3.6Q3.1 2 1.7 2Q0 2 0 4Q0 6 1.7 6Q3.1 6 3.5 4.4'],
  e: [3.5, 'M0 4L3.5 4Q3.5 2 1.8 2Q0 2 0 4Q0 6 1.9 6Q2.9 6 3.4 5.2'],
  f: [2.2, 'M2.2 .1Q1 -.3 1 1.3L1 6M0 2.1L2.1 2.1'],
  g: [3.5, 'M3.5 2L3.5 6.3Q3.5 8 1.8 8Q.7 8 .2 7.3M3.5 3.6Q3.1 2 1.7 2Q0 2 0 4Q0 6 1.7 6Q3.1 6 3.5 4.4'],
  h: [3.3, 'M0 0L0 6M0 3.8Q.4 2 1.9 2Q3.3 2 3.3 3.7L3.3 6'],
  i: [0.2, 'M.1 2L.1 6M.1 .5L.1 .7'],
  j: [1.2, 'M1.1 2L1.1 6.7Q1.1 8 0 8M1.1 .5L1.1 .7'],
  k: [3.1, 'M0 0L0 6M2.9 2L0 4.6M1.1 3.7L3.1 6'],
  l: [0.2, 'M.1 0L.1 6'],
  m: [5.4, 'M0 2L0 6M0 3.6Q.3 2 1.5 2Q2.7 2 2.7 3.6L2.7 6M2.7 3.6Q3 2 4.2 2Q5.4 2 5.4 3.6L5.4 6'],
  n: [3.3, 'M0 2L0 6M0 3.8Q.4 2 1.9 2Q3.3 2 3.3 3.7L3.3 6'],
  o: [3.6, 'M1.8 2Q3.6 2 3.6 4Q3.6 6 1.8 6Q0 6 0 4Q0 2 1.8 2'],
  p: [3.5, 'M0 2L0 8M0 3.6Q.4 2 1.8 2Q3.5 2 3.5 4Q3.5 6 1.8 6Q.4 6 0 4.4'],
  q: [3.5, 'M3.5 2L3.5 8M3.5 3.6Q3.1 2 1.7 2Q0 2 0 4Q0 6 1.7 6Q3.1 6 3.5 4.4'],
  r: [2, 'M0 2L0 6M0 3.9Q.3 2 2 2.1'],
  s: [3, 'M2.8 2.8Q2.4 2 1.5 2Q.2 2 .2 3Q.2 3.8 1.5 4Q3 4.2 3 5Q3 6 1.5 6Q.4 6 0 5.2'],
  t: [2.2, 'M1 .6L1 4.9Q1 6.1 2.2 5.9M0 2.1L2.1 2.1'],
  u: [3.3, 'M0 2L0 4.3Q0 6 1.4 6Q2.9 6 3.3 4.2M3.3 2L3.3 6'],
  v: [3.4, 'M0 2L1.7 6L3.4 2'],
  w: [5, 'M0 2L1.2 6L2.5 2L3.8 6L5 2'],
  x: [3.2, 'M0 2L3.2 6M3.2 2L0 6'],
  y: [3.4, 'M0 2L1.8 6M3.4 2L1.5 6.8Q1 8 0 7.9'],
  z: [3, 'M0 2L3 2L0 6L3 6'],
  '.': [0.2, 'M.1 5.8L.1 6'],
  ',': [0.6, 'M.5 5.7L.1 6.9'],
  ':': [0.2, 'M.1 2.6L.1 2.8M.1 5.8L.1 6'],
  ';': [0.6, 'M.4 2.6L.4 2.8M.5 5.7L.1 6.9'],
  '-': [2.2, 'M0 3.7L2.2 3.7'],
  '–': [3.4, 'M0 3.7L3.4 3.7'],
  '+': [3.6, 'M1.8 1.9L1.8 5.5M0 3.7L3.6 3.7'],
  '=': [3.6, 'M0 2.9L3.6 2.9M0 4.5L3.6 4.5'],
  '/': [2.6, 'M2.6 -.4L0 6.6'],
  '(': [1.4, 'M1.4 -.6Q0 .9 0 3.2Q0 5.5 1.4 7'],
  ')': [1.4, 'M0 -.6Q1.4 .9 1.4 3.2Q1.4 5.5 0 7'],
  '[': [1.2, 'M1.2 -.6L0 -.6L0 7L1.2 7'],
  ']': [1.2, 'M0 -.6L1.2 -.6L1.2 7L0 7'],
  '%': [
    5,
    'M4.4 0L.6 6M1 0Q2 0 2 1.3Q2 2.6 1 2.6Q0 2.6 0 1.3Q0 0 1 0M4 3.4Q5 3.4 5 4.7Q5 6 4 6Q3 6 3 4.7Q3 3.4 4 3.4',
  ],
  '<': [3.2, 'M3.2 1.8L0 3.7L3.2 5.6'],
  '>': [3.2, 'M0 1.8L3.2 3.7L0 5.6'],
  '#': [4, 'M1.5 .3L.7 5.7M3.3 .3L2.5 5.7M.2 2.1L4 2.1M0 3.9L3.8 3.9'],
  '*': [2.6, 'M1.3 .4L1.3 3M.2 1L2.4 2.4M2.4 1L.2 2.4'],
  '!': [0.2, 'M.1 0L.1 4.2M.1 5.8L.1 6'],
  '?': [3, 'M0 1.2Q.3 0 1.5 0Q3 0 3 1.4Q3 2.3 1.5 3.2L1.5 4.3M1.5 5.8L1.5 6'],
  "'": [0.2, 'M.1 0L.1 1.6'],
  '"': [1.2, 'M.1 0L.1 1.6M1.1 0L1.1 1.6'],
  _: [3.6, 'M0 6.8L3.6 6.8'],
  '|': [0.2, 'M.1 -.6L.1 7'],
  '&': [4.6, 'M4.4 6L1 2Q.2 .9 1 .3Q2 -.3 2.6 .5Q3 1.3 1.6 2.4Q0 3.4 0 4.5Q0 6 1.8 6Q3.9 6 4.3 3.4'],
  '@': [
    5.4,
    'M3.9 2.4Q3.5 1.7 2.8 1.7Q1.5 1.7 1.5 3.2Q1.5 4.6 2.6 4.6Q3.9 4.6 3.9 2.2Q3.9 4.6 4.7 4.6Q5.4 4.4 5.4 3Q5.4 0 2.8 0Q0 0 0 3.2Q0 6.4 3 6.4',
  ],
  '·': [0.4, 'M.2 3.6L.2 3.8'],
  '×': [2.8, 'M0 2.3L2.8 5.1M2.8 2.3L0 5.1'],
  '±': [3.6, 'M1.8 .9L1.8 4.1M0 2.5L3.6 2.5M0 5.6L3.6 5.6'],
  '°': [1.8, 'M.9 0Q1.8 0 1.8 .9Q1.8 1.8 .9 1.8Q0 1.8 0 .9Q0 0 .9 0'],
  µ: [3.3, 'M0 2L0 8M0 4.3Q0 6 1.4 6Q2.9 6 3.3 4.2M3.3 2L3.3 6'],
};

const box: readonly [number, string] = [2.6, 'M0 1L2.6 1L2.6 6L0 6L0 1'];
const gap = 1.3;

function glyphOf(character: string): readonly [number, string] {
  return glyphs[character] ?? glyphs[character.normalize('NFD')[0] ?? ''] ?? box;
}

/** Returns the width of `text` in mm; capitals are `capMm` high. */
export function strokeTextWidth(text: string, capMm: number): number {
  let units = 0;
  for (const character of text) units += glyphOf(character)[0] + gap;
  return (Math.max(0, units - gap) * capMm) / 6;
}

/**
 * Returns the SVG path data of `text`. Capitals are `capMm` high, the baseline is at `yMm`, and `anchor` says whether
 * `xMm` is the start, the middle or the end of the text.
 */
export function strokeText(
  text: string,
  xMm: number,
  yMm: number,
  capMm: number,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  const scale = capMm / 6;
  const share = anchor === 'start' ? 0 : anchor === 'middle' ? 0.5 : 1;
  let pen = xMm - share * strokeTextWidth(text, capMm);
  let path = '';
  for (const character of text) {
    const [width, outline] = glyphOf(character);
    const left = pen;
    path += strokesOf(outline, (x, y) => [left + x * scale, yMm + (y - 6) * scale]);
    pen += (width + gap) * scale;
  }
  return path;
}

/** Returns the strokes of a glyph at their place in mm: each starts at a point, and goes on relative to the point before. */
function strokesOf(outline: string, place: (x: number, y: number) => readonly [number, number]): string {
  let from: readonly [number, number] = [0, 0];
  return outline.replace(/([MLQ])([^MLQ]*)/g, (_, command: string, points: string) => {
    const placed = [...points.matchAll(/([-.\d]+) ([-.\d]+)/g)].map(([, x, y]) => {
      const [xMm, yMm] = place(Number(x), Number(y));
      return [Math.round(xMm * 100), Math.round(yMm * 100)] as const;
    });
    const [x0, y0] = command === 'M' ? [0, 0] : from;
    from = placed.at(-1)!;
    const numbers = placed.flatMap(([x, y]) => [x - x0, y - y0]).map((hundredths) => hundredths / 100);
    if (command === 'M') return `M${numbers.join(' ')}`;
    const short = numbers.map((mm) => String(mm).replace(/^(-?)0\./, '$1.'));
    return `${command.toLowerCase()}${short.join(' ').replaceAll(' -', '-')}`;
  });
}
