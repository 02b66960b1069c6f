// Writes records of several segments: with a fixed layout, and with a variable one that has gaps, other gains and other
// signals per segment.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const int16 = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);

/** Writes `fixed` and `var` with their segments into `folder`. Values are ADC values, two samples of II per frame. */
export async function writeSegments(folder: string): Promise<void> {
  const write = (name: string, data: string | Uint8Array) => writeFile(join(folder, name), data);
  const segment = async (name: string, lines: readonly string[], ...values: number[]) => {
    const [lengths, ...signals] = lines;
    await write(`${name}.hea`, `${name} ${signals.length} 125 ${lengths}\n${signals.join('\n')}\n`);
    await write(`${name}.dat`, int16(...values));
  };
  await segment(
    'a',
    ['2', 'a.dat 16x2 100(0)/mV 0 0 0 0 0 II', 'a.dat 16 10(5)/mV 0 0 0 0 0 V1'],
    1,
    2,
    15,
    3,
    4,
    25,
  );
  await segment(
    'b',
    ['3', 'b.dat 16x2 200(2)/mV 0 0 0 0 0 II', 'b.dat 16 10(5)/mV 0 0 0 0 0 V1'],
    ...[2, 4, 35, -32768, 6, 45, 8, 10, -32768],
  );
  await segment('c', ['1', 'c.dat 16 5(0)/mV 0 0 0 0 0 V1', 'c.dat 16 1(0)/mmHg 0 0 0 0 0 ABP'], 50, 99);
  await segment('d', ['2', 'd.dat 16x2 1000(0)/mV 0 0 0 0 0 II'], 7, 8, 9, 10);
  await write(
    'layout.hea',
    'layout 3 125 0\n~ 0x2 1/mV 0 0 0 0 0 II\n~ 0 1/mV 0 0 0 0 0 V1\n~ 0 1/mmHg 0 0 0 0 0 ABP\n',
  );
  await write('fixed.hea', 'fixed/2 2 125 5\na 2\nb 3\n');
  await write('var.hea', 'var/7 3 125 12\nlayout 0\na 2\n~ 1\nb 3\nc 1\n~ 3\nd 2\n');
}
