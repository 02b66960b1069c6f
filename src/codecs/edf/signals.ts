// Converts the samples of EDF and BDF signals to millivolts, and names the leads. Opens no file.

import { canonicalLead, twelveLeads } from '../../signal/leads.js';
import {
  decimalOf,
  decimalPlaces,
  type EdfHeader,
  type EdfSignal,
  edfError,
  rateOf,
  wholeNumber,
} from './header.js';

/** Units per mV; names in lower case. */
const unitsPerMv = new Map(Object.entries({ mv: 1, uv: 1e3, µv: 1e3, μv: 1e3, nv: 1e6, v: 1e-3 }));

/** A signal in volts of a header. */
export interface EdfVoltage {
  readonly signal: EdfSignal;
  /** Name of the lead: the label without the word ECG of the standard labels (`ECG II`). */
  readonly lead: string;
  readonly fsHz: number;
}

/** The signals of a header that may be ECG leads. */
export interface EcgSignals {
  readonly voltages: readonly EdfVoltage[];
  /** True if a label states that they are ECG leads, or if there is only one. */
  readonly areNamed: boolean;
}

/**
 * Returns the ECG signals of a header: those that their labels name so (`ECG`, `EKG 1`, `V5`). If no label does, returns
 * all voltages but those whose label begins with another type of the standard (`EEG`, `EMG`).
 */
export function ecgSignals(header: EdfHeader): EcgSignals {
  const voltages = header.signals
    .filter((one) => !one.isAnnotations && one.samplesPerRecord > 0 && unitsPerMv.has(one.unit.toLowerCase()))
    .map((signal, n) => ({
      signal,
      lead: leadOf(signal.label, n),
      fsHz: rateOf(signal.samplesPerRecord, header.recordSeconds),
    }));
  const named = voltages.filter(({ signal, lead }) => isEcg(signal.label, lead));
  if (named.length > 0) return { voltages: named, areNamed: true };
  const unnamed = voltages.filter(({ signal }) => !/^(EEG|EOG|EMG|ERG|MEG|MCG|EP)\b/i.test(signal.label));
  return { voltages: unnamed, areNamed: unnamed.length === 1 };
}

function isEcg(label: string, lead: string): boolean {
  return /(?<![a-z])(ecg|ekg)/i.test(label) || twelveLeads.includes(canonicalLead(lead));
}

function leadOf(label: string, n: number): string {
  const [, lead] = /^(?:ECG|EKG)[ _-]+(\S*[a-z].*)$/i.exec(label) ?? [];
  return lead ?? (label || `signal ${n}`);
}

/** The line through the limits of a signal. A sample in mV is (numerator0 + digital * slope) / denominator. */
interface Scale {
  readonly numerator0: number;
  readonly slope: number;
  readonly denominator: number;
}

/**
 * Returns the scale of a signal. Physical limits are decimal fractions, so numerator and denominator are whole numbers,
 * and a sample is rounded only once. A physical minimum above the maximum means a negative gain, as EDF defines it.
 *
 * @throws PqrstError ERR_EDF: when the limits define no scale.
 */
function scaleOf(signal: EdfSignal, path: string): Scale {
  const { label, unit, physicalMin, physicalMax, digitalMin, digitalMax } = signal;
  const fail = (problem: string) =>
    edfError(path, `states for signal "${label}" ${problem}; correct its header`);
  const physical = [physicalMin, physicalMax];
  const physicalLimits = physical.map(decimalOf);
  const [least, most] = [digitalMin, digitalMax].map(wholeNumber) as [number, number];
  if (!physicalLimits.every(Number.isFinite)) {
    throw fail(`a physical range of "${physicalMin}" to "${physicalMax}", which are not two numbers`);
  }
  if (physicalLimits[0] === physicalLimits[1]) {
    throw fail(`equal physical limits, ${physicalMin} and ${physicalMax} ${unit}, which give no scale`);
  }
  if (!(least < most)) {
    const problem = `a digital range of "${digitalMin}" to "${digitalMax}"`;
    throw fail(`${problem}; the first must be a whole number below the second`);
  }
  const places = /e/i.test(physical.join()) ? 0 : Math.max(...physical.map(decimalPlaces));
  const [min, max] = physicalLimits.map((value) => {
    return places === 0 ? value : Math.round(value * 10 ** places);
  }) as [number, number];
  return {
    numerator0: min * most - max * least,
    slope: max - min,
    denominator: (most - least) * 10 ** places * unitsPerMv.get(unit.toLowerCase())!,
  };
}

/**
 * Returns a function that decodes the samples of a signal in one data record to mV.
 *
 * @throws PqrstError ERR_EDF: when the limits of the signal define no scale.
 */
export function decoderOf(
  signal: EdfSignal,
  bytesPerSample: 2 | 3,
  path: string,
): (record: Uint8Array, out: Float32Array, at: number) => void {
  const { numerator0, slope, denominator } = scaleOf(signal, path);
  const { samplesPerRecord, offsetBytes } = signal;
  return (record, out, at) => {
    for (let n = 0, byte = offsetBytes; n < samplesPerRecord; n++, byte += bytesPerSample) {
      const low = record[byte]! | (record[byte + 1]! << 8);
      const digital =
        bytesPerSample === 2 ? (low << 16) >> 16 : ((low | (record[byte + 2]! << 16)) << 8) >> 8;
      out[at + n] = (numerator0 + digital * slope) / denominator;
    }
  };
}
