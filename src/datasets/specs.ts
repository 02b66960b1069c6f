// The words that name data sets, `KIND:DIR`, several by commas. Opens nothing and knows no kinds.

/** A comma parts two only where a kind follows: folders may have commas in their names. */
export function splitSpecs(text: string): string[] {
  return text.split(/,\s*(?=[\w-]{2,}:)/);
}
