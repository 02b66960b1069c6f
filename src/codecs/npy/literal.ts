// Parses the Python literals that headers of .npy files consist of: strings, whole numbers, True, False, None, tuples,
// lists and dictionaries. Accepts what `ast.literal_eval` accepts of these, and the long integers of Python 2 (`2L`).

/** A tuple is an array; a list and a dictionary are objects of their own. */
export type Literal =
  | string
  | number
  | boolean
  | null
  | readonly Literal[]
  | { readonly list: readonly Literal[] }
  | { readonly dict: ReadonlyMap<Literal, Literal> };

/** Deeper literals are refused, so that no input can exhaust the stack. */
const maxDepth = 32;
const words: ReadonlyMap<string, boolean | null> = new Map([
  ['True', true],
  ['False', false],
  ['None', null],
]);
const escapes: Readonly<Record<string, string>> = {
  ...{ '\n': '', '\\': '\\', "'": "'", '"': '"' },
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};

/**
 * Parses one literal that takes up all of `text`.
 *
 * @throws SyntaxError when the text is not a literal; its message states what was found, and where.
 */
export function parseLiteral(text: string): Literal {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.expectEnd();
  return value;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  expectEnd(): void {
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#unexpected('the end');
  }

  value(depth: number): Literal {
    if (depth > maxDepth) throw new SyntaxError(`brackets are nested more than ${maxDepth} deep`);
    this.#skipBlanks();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#dict(depth);
      case '[':
        return { list: this.#items(']', depth).items };
      case '(': {
        const { items, isTuple } = this.#items(')', depth);
        return isTuple ? items : items[0]!;
      }
      default:
        return this.#word() ?? this.#string() ?? this.#integer();
    }
  }

  /** Reads the items between brackets. Brackets around one value without a comma are not a tuple. */
  #items(end: string, depth: number): { items: Literal[]; isTuple: boolean } {
    const items: Literal[] = [];
    let comma = true;
    this.#at++;
    while (!this.#take(end)) {
      if (!comma) throw this.#unexpected(`"," or "${end}"`);
      items.push(this.value(depth + 1));
      comma = this.#take(',');
    }
    return { items, isTuple: comma || items.length !== 1 };
  }

  #dict(depth: number): Literal {
    const dict = new Map<Literal, Literal>();
    let comma = true;
    this.#at++;
    while (!this.#take('}')) {
      if (!comma) throw this.#unexpected('"," or "}"');
      const key = this.value(depth + 1);
      if (!this.#take(':')) throw this.#unexpected('":"');
      dict.set(key, this.value(depth + 1));
      comma = this.#take(',');
    }
    return { dict };
  }

  #word(): boolean | null | undefined {
    const [word] = this.#match(/[A-Za-z_]\w*(?!['"\w])/y) ?? [];
    if (word === undefined) return undefined;
    const value = words.get(word);
    if (value !== undefined) return value;
    this.#at -= word.length;
    throw this.#unexpected('a value');
  }

  /** Reads a string in single or double quotes, with the prefix b, u or r if it has one. */
  #string(): string | undefined {
    const [, prefix = '', quote] = this.#match(/([bBuUrR]{0,2})(['"])/y) ?? [];
    if (quote === undefined) return undefined;
    const isRaw = /r/i.test(prefix);
    let value = '';
    for (;;) {
      const char = this.#text[this.#at++];
      if (char === undefined || char === '\n') throw new SyntaxError(`a string has no closing ${quote}`);
      if (char === quote) return value;
      value += char === '\\' ? this.#escape(isRaw) : char;
    }
  }

  #escape(isRaw: boolean): string {
    const char = this.#text[this.#at++] ?? '';
    if (isRaw) return `\\${char}`;
    const known = escapes[char];
    if (known !== undefined) return known;
    const length = { x: 2, u: 4, U: 8 }[char];
    const digits = length === undefined ? '' : this.#text.slice(this.#at, this.#at + length);
    const code = digits.length === length && /^[\da-fA-F]+$/.test(digits) ? Number.parseInt(digits, 16) : -1;
    if (code < 0 || code > 0x10ffff) return `\\${char}`;
    this.#at += digits.length;
    return String.fromCodePoint(code);
  }

  #integer(): number {
    const [, digits] = this.#match(/(-?\d+(?:_\d+)*)[lL]?(?![\w.])/y) ?? [];
    if (digits === undefined) throw this.#unexpected('a value');
    return Number(digits.replaceAll('_', ''));
  }

  /** Passes `char`, after blanks, if it comes next. */
  #take(char: string): boolean {
    this.#skipBlanks();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skipBlanks(): void {
    this.#match(/[ \t\r\n\f]*/y);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #unexpected(expected: string): SyntaxError {
    const rest = this.#text.slice(this.#at, this.#at + 12);
    const found = rest === '' ? 'it ends' : `"${rest}" follows`;
    return new SyntaxError(`${found} at character ${this.#at + 1} where ${expected} was expected`);
  }
}
