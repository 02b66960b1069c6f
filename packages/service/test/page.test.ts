// The page in a headless browser: a recording is dropped on it, and it shows probabilities and ECG paper.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Synthesizer } from 'pqrst/synth';
import { expect, it, onTestFinished } from 'vitest';
import { Browser, browserProgram } from '../../../test/helpers/browser.js';
import { fileFolder, fsHz, seconds, smallModel, testService } from './helpers.js';

if (browserProgram === undefined)
  console.log('skip: there is no Chromium, so no browser shows the page of the service');

/** Waits until an expression is true in the page. */
async function until(browser: Browser, expression: string): Promise<void> {
  const start = performance.now();
  while (!(await browser.evaluate<boolean>(expression))) {
    if (performance.now() - start > 40_000) throw new Error(`the page never shows: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

it.skipIf(browserProgram === undefined)(
  'shows a dropped recording on ECG paper with probabilities over time',
  async () => {
    const folder = await fileFolder();
    const { url } = await testService(await smallModel(folder), { apiKeys: ['page-key'] });
    const synth = new Synthesizer({ preset: 'paper', fsHz, seconds: 5 * seconds, seed: 1, unit: 'mV' });
    const { signals } = await synth.batch({ classes: ['af'], count: 1 });
    const json = { name: '<b>r1</b>', fsHz, leads: ['II'], signals: [[...signals]] };
    await writeFile(join(folder, 'r1.json'), JSON.stringify(json));

    const browser = await Browser.start(browserProgram!);
    onTestFinished(() => browser.close());
    await browser.view({ width: 1000 });
    await browser.send('Page.navigate', { url });
    await until(browser, `document.body?.dataset.ready === 'true'`);
    const text = (id: string) => browser.evaluate<string>(`document.getElementById('${id}').textContent`);
    expect(await text('notice')).toMatch(/Not a medical device/);
    expect(await text('status')).toBe('The service needs an API key.');
    browser.complaints.length = 0;
    await browser.evaluate(`(() => {
    const key = document.getElementById('key');
    key.value = 'page-key';
    key.dispatchEvent(new Event('change'));
  })()`);
    await until(browser, `document.querySelectorAll('#model option').length === 1`);

    await browser.evaluate(`(() => {
    const dropped = new DataTransfer();
    dropped.items.add(new File([${JSON.stringify(JSON.stringify(json))}], 'r1.json'));
    document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }));
  })()`);
    await until(browser, `document.getElementById('paper').naturalWidth > 0`);
    expect(await text('status')).toBe('<b>r1</b>: 5 windows');
    expect(await text('summary')).toMatch(
      /^5 windows of 4 s, lead II, 20.0 s at 100 Hz. normal: .* % on average/,
    );
    expect(await browser.evaluate(`document.querySelectorAll('#chart rect.window').length`)).toBe(5);
    expect(
      await browser.evaluate(`document.querySelector('#chart path').getAttribute('d').split('M').length`),
    ).toBe(6);
    expect(await browser.evaluate(`document.getElementById('paper').alt`)).toBe(
      '<b>r1</b>, lead II, 0-4 s on ECG paper',
    );

    const first = await browser.evaluate<string>(`document.getElementById('paper').src`);
    await browser.evaluate(
      `document.querySelectorAll('#chart rect.window')[3].dispatchEvent(new MouseEvent('click'))`,
    );
    await until(
      browser,
      `document.getElementById('paper').src !== ${JSON.stringify(first)} && document.getElementById('paper').naturalWidth > 0`,
    );
    expect(await text('paperTitle')).toBe('ECG paper, from 12 s');

    // A recording that cannot be read shows the words of the service.
    await browser.evaluate(`(() => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(['a,b'], 'x.csv'));
    document.dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }));
  })()`);
    await until(browser, `document.getElementById('status').classList.contains('wrong')`);
    expect(await text('status')).toMatch(/fewer than 2 samples|no column/);
    // The only complaint is the refusal itself, which browsers write to the console.
    expect(browser.complaints.filter((one) => !one.includes('status of 400'))).toEqual([]);
  },
  300_000,
);
