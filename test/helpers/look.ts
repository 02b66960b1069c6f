// Looks at an HTML report in a browser: empty figures, parts that are wider than the page, and faint texts.

/** What `look` finds in a page. */
export interface Found {
  readonly figures: number;
  readonly empty: readonly string[];
  readonly pageWidth: number;
  readonly wide: readonly string[];
  readonly faint: readonly string[];
  readonly inkIsDarker: boolean;
}

/** Executed in the page. A figure is empty if it has no size, or no line, dot or trace besides axes and frames. */
export const look = `(() => {
  for (const part of document.querySelectorAll('details')) part.open = true;
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((v) => {
      const c = v / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (/^rgb\\(/.test(colour)) return colour;
    }
    return 'rgb(255,255,255)';
  };
  const drawings = [...document.querySelectorAll('figure svg')];
  const series = new Set([0, 1, 2, 3, 4].map((at) => 'var(--series-' + at + ')'));
  const isData = (node) => {
    const [box, whole] = [node, node.ownerSVGElement].map((one) => one.getBoundingClientRect());
    const isLegend = box.bottom - whole.top < 0.17 * whole.height;
    if (isLegend) return false;
    const stroked = node.getAttribute('stroke'), filled = node.getAttribute('fill');
    const ours = node.classList.contains('trace') || series.has(stroked) || series.has(filled);
    return ours && box.width + box.height > 2;
  };
  const empty = drawings.filter((svg) => {
    const box = svg.getBoundingClientRect();
    return box.width < 100 || box.height < 60 || ![...svg.querySelectorAll('path,polyline')].some(isData);
  });
  const texts = [...document.querySelectorAll('p,li,td,th,figcaption,summary,h1,h2,h3,caption,a,footer')];
  const faint = texts.filter((node) => {
    const [a, b] = [light(getComputedStyle(node).color), light(groundOf(node))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
  });
  const boxed = '.scroll,.chart,.wide';
  const wide = [...document.querySelectorAll('main *')].filter((node) => !node.closest(boxed) &&
    node.getBoundingClientRect().right > innerWidth + 1);
  const body = getComputedStyle(document.body);
  return {
    figures: drawings.length,
    empty: empty.map((svg) => svg.getAttribute('aria-label')),
    pageWidth: document.documentElement.scrollWidth,
    wide: wide.map((node) => node.outerHTML.slice(0, 100)),
    faint: [...new Set(faint.map((node) => node.tagName + ' ' + node.textContent.slice(0, 40)))],
    inkIsDarker: light(body.color) < light(body.backgroundColor),
  };
})()`;
