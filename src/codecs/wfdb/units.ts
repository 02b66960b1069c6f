// The units of voltage in headers. Opens no file.

/** Prefixes of the volt, in lower case, with the millivolts of one unit. */
const mvPerPrefix: Readonly<Record<string, number>> = {
  ...{ '': 1e3, m: 1, n: 1e-6, milli: 1, micro: 1e-3, nano: 1e-6 },
  // The micro sign, the Greek letter, their UTF-8 bytes read as Latin-1, and the micro sign of DOS read as Latin-1.
  ...{ u: 1e-3, '\u00b5': 1e-3, '\u03bc': 1e-3, '\u00e2\u00b5': 1e-3, '\u00ee\u00bc': 1e-3, '\u00e6': 1e-3 },
};

/** Returns the millivolts of one physical unit, or undefined if the unit is not a known unit of voltage. */
export function mvPerUnit(units: string): number | undefined {
  const prefix = /^(.*?)v(?:olts?)?$/.exec(units.toLowerCase())?.[1];
  return prefix === undefined ? undefined : mvPerPrefix[prefix];
}
