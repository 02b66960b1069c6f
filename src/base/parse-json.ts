// Parses JSON that was read from a file. A parser needs many bytes of memory for each level of nesting, so a small file
// of brackets alone could fill the memory. So can a large file of very many small values. The values of this package nest
// a few levels deep.

const deepest = 100;
/** An array or an object needs about as much memory as this many numbers. */
const ofBrackets = 4;
const [comma, quote, backslash, openArray, openObject, closeArray, closeObject] = [
  44, 34, 92, 91, 123, 93, 125,
];

/**
 * Parses JSON of at most 100 levels of nesting.
 *
 * @param mostValues - the largest number of values; an array or an object counts as four of them.
 * @throws SyntaxError: when the text is not JSON, is nested deeper, or holds more values.
 */
export function parseJson(text: string, mostValues = Number.POSITIVE_INFINITY): unknown {
  let depth = 0;
  let values = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === backslash) at++;
      else if (code === quote) isInString = false;
    } else if (code === quote) isInString = true;
    else if (code === openArray || code === openObject) {
      depth++;
      if (depth > deepest)
        throw new SyntaxError(`more than ${deepest} levels of brackets at character ${at + 1}`);
      values += ofBrackets;
    } else if (code === closeArray || code === closeObject) depth--;
    else if (code === comma) values++;
  }
  if (values > mostValues) throw new SyntaxError(`more than ${mostValues} values`);
  return JSON.parse(text);
}
