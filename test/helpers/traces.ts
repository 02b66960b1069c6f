// Reads the lines of signals back from drawings on ECG paper.

/** Returns the points of each trace of an SVG, in mm. A trace with gaps gives the points of all its parts. */
export function traces(svg: string): [number, number][][] {
  const drawn = svg.matchAll(/class="trace" transform="scale\(([.\d]+)\)" d="([^"]*)"/g);
  return [...drawn].map(([, scale, path]) =>
    path!
      .split('M')
      .slice(1)
      .flatMap((part) => pointsOf(part, Number(scale))),
  );
}

/** Returns the points of `750 1000l5-3 5 1`. */
function pointsOf(part: string, scale: number): [number, number][] {
  const numbers = (part.match(/-?\d+/g) ?? []).map(Number);
  let [x, y] = [0, 0];
  return Array.from({ length: numbers.length / 2 }, (_, at) => {
    x += numbers[2 * at]!;
    y += numbers[2 * at + 1]!;
    const inMm = (units: number) => Number((units * scale).toFixed(2));
    return [inMm(x), inMm(y)];
  });
}
