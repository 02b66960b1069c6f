// Makes EDF and BDF files byte by byte, with any header, so that tests do not depend on the writer of the project.

/** A signal of a made-up file; absent fields have plain values. */
export interface MadeSignal {
  readonly label?: string;
  readonly unit?: string | Uint8Array;
  readonly physical?: readonly [string, string];
  readonly digital?: readonly [string, string];
  readonly prefilter?: string;
  /** Samples in one data record. */
  readonly perRecord?: number | string;
  /** The text of that number in the header; default the number. */
  readonly statedPerRecord?: string;
  /** Digital samples of the whole file; or, for annotations, the bytes of each data record. */
  readonly samples?: readonly number[];
  readonly tals?: readonly string[];
}

/** Fields of the fixed part of a header; absent fields follow from the signals. */
export interface MadeHeader {
  readonly isBdf?: boolean;
  readonly version?: string;
  readonly reserved?: string;
  readonly headerBytes?: string;
  readonly records?: string;
  readonly recordSeconds?: string;
  readonly count?: string;
}

/** Returns the bytes of a file with these signals. Each signal has the same number of data records. */
export function edfFile(signals: readonly MadeSignal[], header: MadeHeader = {}): Buffer {
  const { isBdf = false, reserved = '', recordSeconds = '1' } = header;
  const width = isBdf ? 3 : 2;
  const sizes = signals.map((one) => Number(one.perRecord ?? 10));
  const [first, firstSize] = [
    signals.find((one) => one.samples)!,
    sizes[signals.findIndex((one) => one.samples)]!,
  ];
  const records = first ? Math.ceil(first.samples!.length / firstSize) : (signals[0]!.tals?.length ?? 0);
  const text = (value: string | Uint8Array, size: number) => {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(value);
    return Buffer.concat([bytes, Buffer.alloc(Math.max(0, size - bytes.length), ' ')]).subarray(0, size);
  };
  const column = (size: number, of: (one: MadeSignal) => string | Uint8Array) =>
    signals.map((one) => text(of(one), size));
  const count = signals.length;
  const head = [
    text(header.version ?? (isBdf ? '\xffBIOSEMI' : '0'), 8),
    ...[text('X X X X', 80), text('Startdate X X X X', 80), text('01.01.85', 8), text('00.00.00', 8)],
    text(header.headerBytes ?? String(256 * (1 + count)), 8),
    ...[text(reserved, 44), text(header.records ?? String(records), 8), text(recordSeconds, 8)],
    text(header.count ?? String(count), 4),
    ...column(16, (one) => one.label ?? 'ECG II'),
    ...column(80, (one) => (one.tals === undefined ? 'AgCl' : '')),
    ...column(8, (one) => one.unit ?? 'uV'),
    ...column(8, (one) => one.physical?.[0] ?? '-32768'),
    ...column(8, (one) => one.physical?.[1] ?? '32767'),
    ...column(8, (one) => one.digital?.[0] ?? '-32768'),
    ...column(8, (one) => one.digital?.[1] ?? '32767'),
    ...column(80, (one) => one.prefilter ?? ''),
    ...column(8, (one) => one.statedPerRecord ?? String(one.perRecord ?? 10)),
    ...column(32, () => ''),
  ];
  const data = Array.from({ length: records }, (_, record) =>
    signals.map(({ samples = [], tals = [] }, n) => {
      const bytes = Buffer.alloc(width * sizes[n]!);
      bytes.set(Buffer.from(tals[record] ?? '', 'latin1'));
      for (let at = 0; at < sizes[n]! && samples.length > 0; at++) {
        bytes.writeIntLE(samples[record * sizes[n]! + at] ?? 0, width * at, width);
      }
      return bytes;
    }),
  );
  return Buffer.concat([...head, ...data.flat()]);
}

/** Returns the annotation signal of a file with one data record per text; `size` is its number of samples. */
export function annotationSignal(tals: readonly string[], size = 30, isBdf = false): MadeSignal {
  const label = isBdf ? 'BDF Annotations' : 'EDF Annotations';
  return { label, unit: '', physical: ['-1', '1'], perRecord: size, tals };
}
