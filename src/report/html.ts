// Builds a report as one HTML file, without scripts, fonts or other external resources. It follows the reader's light or
// dark setting, uses one column on a phone, and prints ECG paper at true size.

import { escapeXml } from './paper.js';

/** HTML that a page contains unchanged. `words` converts plain text to markup. */
export type Markup = string & { readonly markup?: true };

/** A section of a report. */
export interface ReportSection {
  readonly heading: string;
  readonly body: readonly Markup[];
  /** Anchor of the section. Only sections with an anchor appear in the table of contents. */
  readonly id?: string;
  /** Anchors inside the section, which the table of contents lists below it. */
  readonly parts?: readonly { readonly id: string; readonly heading: string }[];
}

/** The contents of a report. */
export interface ReportPage {
  readonly title: string;
  /** The sentence under the title. */
  readonly summary: string;
  /** A warning in large letters at the top of the page. */
  readonly banner?: string;
  readonly sections: readonly ReportSection[];
  readonly footer: string;
}

/** Converts text to markup. A number and its % sign stay on one line. */
function prose(text: string): Markup {
  return escapeXml(text).replaceAll(' %', '\u00a0%');
}

/** Returns a paragraph of plain text; `kind` is its CSS class. */
export function words(text: string, kind = ''): Markup {
  return `<p${kind === '' ? '' : ` class="${kind}"`}>${prose(text)}</p>`;
}

/** A drawing with its caption. */
export interface Figure {
  /** The drawing; an empty string for a caption without a drawing. */
  readonly svg: string;
  readonly caption: string;
}

/** Returns a drawing with its caption. */
export function figure({ svg, caption }: Figure, kind: 'ecg' | 'chart'): Markup {
  const below = caption === '' ? '' : `<figcaption>${prose(caption)}</figcaption>`;
  return `<figure class="${kind}">${svg}${below}</figure>`;
}

/**
 * Returns a wide drawing on ECG paper with its caption. On a narrow page it keeps a readable size and can be scrolled;
 * `name` names the scrollable box for screen readers.
 */
export function wideFigure({ svg, caption }: Figure, name: string): Markup {
  const box = `<div class="wide" role="region" tabindex="0" aria-label="${escapeXml(name)}">${svg}</div>`;
  return figure({ svg: box, caption }, 'ecg');
}

/** Returns drawings with their captions, side by side if the page is wide enough. */
export function figures(items: readonly Figure[], kind: 'ecg' | 'chart'): Markup {
  return `<div class="pair ${kind}s">${items.map((item) => figure(item, kind)).join('')}</div>`;
}

/** Optional parts of a table. */
export interface TableOptions {
  /** Caption above the table, which also names its scrollable box for screen readers. */
  readonly title?: string;
  /** For each row, the indices of the cells that are set in bold. */
  readonly best?: readonly (readonly number[])[];
}

/** Returns a table in a scrollable box. Numbers (cells that begin with a digit or a sign) are aligned right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { title, best = [] }: TableOptions = {},
): Markup {
  const isNumber = (text: string) => /^[-−+–<.\d]|^all$/.test(text);
  const cell = (text: string, at: number, strong: boolean) => {
    if (at === 0) return `<th scope="row">${escapeXml(text)}</th>`;
    const shown = strong ? `<b>${escapeXml(text)}</b>` : escapeXml(text);
    return `<td${isNumber(text) ? ' class="number"' : ''}>${shown}</td>`;
  };
  const body = rows.map((row, line) => {
    const cells = row.map((text, at) => cell(text, at, best[line]?.includes(at) ?? false));
    return `<tr>${cells.join('')}</tr>`;
  });
  const top = head.map((text, at) => {
    const right = at > 0 && rows.length > 0 && rows.every((row) => row[at] === '' || isNumber(row[at]!));
    return `<th scope="col"${right ? ' class="number"' : ''}>${escapeXml(text)}</th>`;
  });
  const caption = title === undefined ? '' : `<caption><span>${escapeXml(title)}</span></caption>`;
  // A keyboard user must be able to focus a scrollable box, and a focusable box needs a name.
  const box = title === undefined ? '' : ` role="region" tabindex="0" aria-label="${escapeXml(title)}"`;
  return `<div class="scroll"${box}><table>${caption}<thead><tr>${top.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/** Returns a heading within a section, with an anchor if `id` is given. */
export function subheading(text: string, id?: string): Markup {
  return `<h3${id === undefined ? '' : ` id="${id}"`}>${escapeXml(text)}</h3>`;
}

/** Returns a part that the reader can unfold; print shows it unfolded. */
export function details(summary: string, body: readonly Markup[], open = false): Markup {
  return `<details${open ? ' open' : ''}><summary>${escapeXml(summary)}</summary>${body.join('\n')}</details>`;
}

/** Returns sentences as a list; `kind` is its CSS class. */
export function list(items: readonly string[], kind = ''): Markup {
  const rows = items.map((item) => `<li>${prose(item)}</li>`).join('');
  return `<ul${kind === '' ? '' : ` class="${kind}"`}>${rows}</ul>`;
}

/** Returns a list of claims in bold, each followed by the numbers that support it. */
export function claims(items: readonly { readonly claim: string; readonly numbers: string }[]): Markup {
  const rows = items.map(({ claim, numbers }) => `<li><b>${prose(claim)}</b> ${prose(numbers)}</li>`);
  return `<ul class="claims">${rows.join('')}</ul>`;
}

/** Returns small pieces side by side in at most `columns` columns. */
export function tiles(items: readonly Markup[], columns: number): Markup {
  return `<div class="tiles" style="--columns:${columns}">${items.join('')}</div>`;
}

/** Returns an anchor of letters, digits and dashes, made from `names`. */
export function anchor(...names: readonly string[]): string {
  return names
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
}

function contents(sections: readonly ReportSection[]): Markup {
  const link = ({ id, heading }: { readonly id: string; readonly heading: string }) =>
    `<a href="#${id}">${escapeXml(heading)}</a>`;
  const rows = sections.flatMap(({ id, heading, parts = [] }) => {
    if (id === undefined) return [];
    const inner = parts.length === 0 ? '' : `<span class="parts">${parts.map(link).join(' ')}</span>`;
    return `<li>${link({ id, heading })}${inner}</li>`;
  });
  return rows.length === 0 ? '' : `<nav aria-label="Contents"><ol>${rows.join('')}</ol></nav>`;
}

/** Returns the complete HTML document of a report. */
export function htmlReport(page: ReportPage): string {
  const sections = page.sections.map(
    ({ id, heading, body }) =>
      `<section${id === undefined ? '' : ` id="${id}"`}><h2>${escapeXml(heading)}</h2>${body.join('\n')}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(page.title)}</title>
<style>${style}</style>
</head>
<body>
<header><h1>${escapeXml(page.title)}</h1><p>${escapeXml(page.summary)}</p></header>
${page.banner === undefined ? '' : `<p class="banner" role="alert">${escapeXml(page.banner)}</p>`}
${contents(page.sections)}
<main>
${sections.join('\n')}
</main>
<footer>${escapeXml(page.footer)}</footer>
</body>
</html>
`;
}

const style = `
:root{--page:#fbfaf8;--card:#fff;--ink:#23211f;--soft:#6a6461;--line:#e3deda;--accent:#a8262f;--series-0:#0072b2;--series-1:#c75000;--series-2:#00805d;--series-3:#b0568a;--series-4:#9a6b00}
@media (prefers-color-scheme:dark){:root{--page:#171615;--card:#201f1d;--ink:#ebe7e3;--soft:#a8a19b;--line:#3a3734;--accent:#f0868d;--series-0:#56b4e9;--series-1:#ff8f4a;--series-2:#2fcb9c;--series-3:#e39ac2;--series-4:#f2b134}.ecg svg{filter:brightness(.93)}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.5rem 1.25rem;max-width:76rem;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
header{border-bottom:2px solid var(--accent);margin-bottom:1.5rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .4rem}
header p{margin:0 0 1rem;color:var(--soft);max-width:62rem}
h2{font-size:1.3rem;margin:2.4rem 0 .6rem}
p{max-width:62rem}
.note{color:var(--soft);font-size:.92em}
.verdict{font-size:1.12rem;border-left:4px solid var(--accent);padding:.2rem 0 .2rem 1rem}
.banner{max-width:none;background:var(--accent);color:var(--page);font-size:1.7rem;font-weight:700;line-height:1.3;padding:1.1rem 1.3rem;border-radius:.4rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem;margin:1rem 0}
.ecgs{grid-template-columns:repeat(auto-fill,minmax(min(100%,30rem),1fr))}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.5rem;min-width:0}
figure svg{display:block;width:100%;height:auto}
section>figure{margin:1rem 0}.wide{overflow-x:auto}.wide svg{min-width:46rem}
.chart{overflow-x:auto}.chart svg{min-width:min(27rem,var(--width,34rem)*.8);max-width:54rem}
figcaption{color:var(--soft);font-size:.88em;padding:.5rem .25rem .15rem}
.scroll{overflow-x:auto;margin:1rem 0}
caption{text-align:left;font-weight:600;padding:.5rem 0}caption span{display:inline-block;position:sticky;left:0;max-width:calc(100vw - 2.5rem)}
h3{font-size:1.08rem;margin:1.8rem 0 .5rem}
nav{background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.7rem 1.2rem}
nav ol{margin:0;padding-left:1.3rem}nav ol:not(:has(.parts)){columns:18rem;column-gap:2.5rem}nav .parts a{margin-left:1rem;font-size:.92rem;white-space:nowrap}
a{color:var(--accent)}
li{max-width:60rem}
.warnings li{margin:.25rem 0}.claims li{margin:.6rem 0}
details{margin:.8rem 0;border-top:1px solid var(--line);padding-top:.5rem}
summary{cursor:pointer;font-weight:600}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(max(min(100%,17rem),(100% - (var(--columns) - 1)*.8rem)/var(--columns)),1fr));gap:.8rem;margin:1rem 0}
.tiles .chart svg{min-width:0;max-width:38rem}
.matrix th,.matrix td{padding:.25rem .6rem;white-space:normal}.matrix td{text-align:right;background:color-mix(in srgb,var(--series-0) var(--depth,0%),var(--card))}.matrix.scroll{margin:0}.matrix caption{padding:.3rem 0}
.label{font-weight:600;margin:1.2rem 0 .2rem}
p,li,h1,h3,figcaption,caption,summary{overflow-wrap:anywhere}
table{border-collapse:separate;border-spacing:0;background:var(--card);border:1px solid var(--line);font-variant-numeric:tabular-nums}
/* Whole pixels: otherwise a sticky cell would cover the line above it. */
th,td,caption{line-height:1.5rem}th,td{padding:.5rem .9rem;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap}
tbody tr:last-child>*{border-bottom:0}
tbody th,thead th:first-child{position:sticky;left:0;background:var(--card)}
thead th{font-size:.85em;color:var(--soft);font-weight:600}
th.number,td.number{text-align:right}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:.8rem;color:var(--soft);font-size:.85rem}
@media (max-width:40rem){nav .parts{display:block}nav .parts a{margin:0 .9rem 0 0;line-height:2}body{padding:1.25rem .8rem}h1{font-size:1.5rem}.banner{font-size:1.3rem}th,td{padding:.375rem .55rem}}
@media print{:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--accent:#a8262f;--series-0:#0072b2;--series-1:#c75000;--series-2:#00805d;--series-3:#b0568a;--series-4:#9a6b00}
body{padding:0;max-width:none;font-size:10pt}.pair{display:block}figure{border:0;padding:0 0 4mm;break-inside:avoid}.ecg svg{width:auto;max-width:100%;filter:none}.wide{overflow:visible}.wide svg{min-width:0}.chart{width:150mm}h2,h3,summary{break-after:avoid}details::details-content{content-visibility:visible;display:block;block-size:auto}.scroll{overflow:visible;break-inside:avoid}td{overflow-wrap:anywhere}tbody th,thead th:first-child{position:static}th,td{white-space:normal;padding:.2rem .4rem;font-size:8.5pt;line-height:1.4}tr{break-inside:avoid}.tiles{grid-template-columns:repeat(min(2,var(--columns)),1fr)}.tiles .chart{width:auto}nav{display:none}.banner{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
