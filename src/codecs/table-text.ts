// Turns the bytes of a table into text, and the text into rows of cells: encodings, separators, quotes and line ends.
// A row with a broken quote is reported by itself, and the reading continues on the next line; a general CSV parser
// would lose the rows up to the next quote. Opens no file.

/** Separators of columns, the most usual first. */
const separators = [',', ';', '\t', '|'] as const;
/** A quoted cell is at most this long, so that a lost quote costs bounded time. */
const longestCell = 2 ** 20;

/** The characters 80-9F of Windows-1252; five of them are not assigned. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** The text of a table and the encoding of its bytes. */
export interface DecodedText {
  readonly text: string;
  readonly encoding: 'UTF-8' | 'UTF-16' | 'Windows-1252';
}

/**
 * Decodes the bytes of a table: UTF-16 by its byte order mark or its zero bytes, UTF-8 if the bytes are valid UTF-8,
 * otherwise Windows-1252, which contains Latin-1. A byte order mark is removed. Returns undefined if the bytes are not
 * text.
 */
export function decodeText(bytes: Uint8Array): DecodedText | undefined {
  const utf16 = utf16Of(bytes);
  if (utf16 !== undefined) {
    const text = tryDecode(bytes, utf16);
    return text === undefined || text.includes('\0') ? undefined : { text, encoding: 'UTF-16' };
  }
  if (bytes.includes(0)) return undefined;
  const text = tryDecode(bytes, 'utf-8');
  if (text !== undefined) return { text, encoding: 'UTF-8' };
  // The decoder of Node.js reads the bytes 80-9F as the control characters of Latin-1.
  const latin1 = Buffer.from(bytes).toString('latin1');
  const windows = latin1.replace(/[\x80-\x9f]/g, (char) => windows1252[char.charCodeAt(0) - 0x80]!);
  return { text: windows, encoding: 'Windows-1252' };
}

function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  // The head of a table is mostly ASCII, so that in UTF-16 every other byte of it is zero.
  const start = bytes.subarray(0, 256);
  const zeros = (odd: number) => start.filter((byte, at) => at % 2 === odd && byte === 0).length;
  if (zeros(1) > start.length / 4 && zeros(0) === 0) return 'utf-16le';
  if (zeros(0) > start.length / 4 && zeros(1) === 0) return 'utf-16be';
  return undefined;
}

function tryDecode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** One row of a table. */
export interface TextRow {
  /** Number of the line in the file where the row starts, from 1. */
  readonly line: number;
  /** The cells without their quotes, and without spaces around a cell or its quotes. */
  readonly cells: readonly string[];
  /** The reason why the row cannot be read; its cells are then incomplete. */
  readonly flaw?: string;
}

/** The rows of a table and the separator of its columns. */
export interface TextTable {
  readonly rows: readonly TextRow[];
  readonly separator: string;
}

/**
 * Splits a text into rows. A line `sep=;` at the start states the separator; otherwise it is the most frequent of comma,
 * semicolon, tab and vertical bar in the first row. Blank lines are ignored. Lines may end with LF, CRLF or CR.
 */
export function parseRows(text: string): TextTable {
  const [stating = '', stated] = /^\s*"?sep=(.)"?[^\S\r\n]*(?:\r\n|\n|\r|$)/i.exec(text) ?? [];
  const separator = stated ?? separatorOf(text);
  const scanner = new Scanner(text, separator, stating.length, 1 + countLineEnds(stating));
  const rows: TextRow[] = [];
  for (let row = scanner.next(); row !== undefined; row = scanner.next()) rows.push(row);
  return { rows, separator };
}

function separatorOf(text: string): string {
  const first = /\S.*/.exec(text)?.[0].replace(/"[^"]*"/g, '') ?? '';
  const counts = separators.map((separator) => first.split(separator).length);
  return separators[counts.indexOf(Math.max(...counts))]!;
}

function countLineEnds(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}

/** Reads row after row. */
class Scanner {
  readonly #text: string;
  readonly #separator: string;
  #at: number;
  #line: number;

  constructor(text: string, separator: string, at: number, line: number) {
    this.#text = text;
    this.#separator = separator;
    this.#at = at;
    this.#line = line;
  }

  /** Returns the next row that is not blank; undefined at the end of the text. */
  next(): TextRow | undefined {
    while (this.#at < this.#text.length) {
      const [line, start] = [this.#line, this.#at];
      const { cells, flaw, isQuoted } = this.#row();
      if (flaw !== undefined) {
        // The quote is lost, so the row is only its first line.
        [this.#line, this.#at] = [line, start];
        this.#skipLine();
        return { line, cells, flaw };
      }
      this.#endLine();
      if (cells.length > 1 || cells[0] !== '' || isQuoted) return { line, cells };
    }
    return undefined;
  }

  /** Reads the cells up to the end of the row, but not its line end. */
  #row(): { readonly cells: readonly string[]; readonly flaw?: string; readonly isQuoted: boolean } {
    const cells: string[] = [];
    let isQuoted = false;
    for (;;) {
      this.#skipSpaces();
      if (this.#text[this.#at] === '"') {
        isQuoted = true;
        const cell = this.#quoted();
        if (cell === undefined) {
          return { cells, isQuoted, flaw: `the quote of cell ${cells.length + 1} is not closed` };
        }
        cells.push(cell);
        this.#skipSpaces();
        if (!this.#atCellEnd()) {
          return { cells, isQuoted, flaw: `a text follows the closing quote of cell ${cells.length}` };
        }
      } else {
        const start = this.#at;
        while (!this.#atCellEnd()) this.#at++;
        cells.push(this.#text.slice(start, this.#at).trim());
      }
      if (this.#text[this.#at] !== this.#separator) return { cells, isQuoted };
      this.#at++;
    }
  }

  /** Reads a cell from its opening quote on; returns undefined if the quote is not closed. */
  #quoted(): string | undefined {
    const start = this.#at + 1;
    for (let at = start; ; at += 2) {
      at = this.#text.indexOf('"', at);
      if (at < 0 || at - start > longestCell) return undefined;
      if (this.#text[at + 1] === '"') continue;
      const raw = this.#text.slice(start, at);
      this.#at = at + 1;
      this.#line += countLineEnds(raw);
      return raw.replaceAll('""', '"');
    }
  }

  #atCellEnd(): boolean {
    const char = this.#text[this.#at];
    return char === undefined || char === this.#separator || char === '\n' || char === '\r';
  }

  #skipSpaces(): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === this.#separator || (char !== ' ' && char !== '\t')) return;
      this.#at++;
    }
  }

  #skipLine(): void {
    while (this.#at < this.#text.length && !/[\r\n]/.test(this.#text[this.#at]!)) this.#at++;
    this.#endLine();
  }

  #endLine(): void {
    if (this.#text[this.#at] === '\r' && this.#text[this.#at + 1] === '\n') this.#at++;
    this.#at++;
    this.#line++;
  }
}
