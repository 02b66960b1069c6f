// The report needs no other file, and text from outside never becomes markup.

import { describe, expect, it } from 'vitest';
import { learningCurveChart, scoreChart } from '#lib/report/charts.js';
import { figures, htmlReport, table, words } from '#lib/report/html.js';

const curve = {
  name: 'train',
  points: [
    [1, 0.7],
    [2, 0.5],
    [3, 0.4],
  ] as [number, number][],
};

describe('htmlReport', () => {
  const svg = learningCurveChart('Loss', [curve], { embedded: true, best: 2 });
  const page = htmlReport({
    title: 'A <report>',
    summary: 'of & about',
    banner: 'SYNTHETIC',
    sections: [
      {
        heading: 'h',
        body: [words('<script>'), figures([{ svg, caption: 'c' }], 'chart'), table(['a'], [['b', '0.5']])],
      },
    ],
    footer: 'f',
  });

  it('loads no resources and runs no scripts', () => {
    expect(page).not.toMatch(/<script|<link|@import|url\((?!#)|src=/);
    const addresses = page.match(/https?:\/\/[^"']*/g) ?? [];
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
  });

  it('escapes text and shows the banner', () => {
    expect(page).toContain('A &lt;report&gt;');
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('class="banner" role="alert">SYNTHETIC');
  });

  it('aligns numbers right', () => {
    expect(page).toContain('<td class="number">0.5</td>');
  });
});

describe('charts', () => {
  it('is the same drawing each time', () => {
    expect(learningCurveChart('Loss', [curve])).toBe(learningCurveChart('Loss', [curve]));
  });

  it('uses the colours of the page only if it is embedded', () => {
    const bars = [{ group: 'F1', name: 'Real', value: 0.5, low: 0.25, high: 0.75 }];
    expect(scoreChart('Scores', bars, { embedded: true })).toContain('var(--ink)');
    const alone = scoreChart('Scores', bars);
    expect(alone).not.toContain('var(');
    expect(alone).toContain('0.50');
  });
});

describe('text from outside in a chart', () => {
  it('has its control characters and marks of direction escaped', () => {
    const name = 'x\u202egnp\u001b[31m <img src=x>';
    const svg = learningCurveChart(name, [{ ...curve, name }], { best: 2 });
    for (const raw of ['\u202e', '\u001b', '<img']) expect(svg).not.toContain(raw);
    expect(svg).toContain('x\\u202egnp\\u001b[31m &lt;img');
  });
});
