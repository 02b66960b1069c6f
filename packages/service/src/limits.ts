// The limits of the service. They bound its memory and its time, whatever the clients send.

/** Limits that the operator sets. */
export interface Limits {
  /** Bytes of one request body. */
  readonly bodyBytes: number;
  /** Bytes of all request bodies that are in memory at one time. */
  readonly allBodiesBytes: number;
  /** Windows that wait for one model. A request beyond it gets 429. */
  readonly queueWindows: number;
  /** Seconds from the start of a request to its answer, and for the arrival of its body. */
  readonly timeoutS: number;
  /** Open connections. */
  readonly connections: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 64 * 2 ** 20,
  allBodiesBytes: 256 * 2 ** 20,
  queueWindows: 16_384,
  timeoutS: 30,
  connections: 1000,
};

/** Bytes of the JSON part of an inference request, which the main thread parses. */
export const jsonBytes = 8 * 2 ** 20;
/** Bytes of one gRPC message. The library reads a message as a whole before the service sees it. */
export const grpcBytes = 16 * 2 ** 20;
/** Calls at one time of one gRPC connection. */
export const grpcStreams = 64;
/** Values of all windows of one request. */
export const requestValues = 2 ** 26;
/** Bytes of all files of one archive after decompression. */
export const unzippedBytes = 256 * 2 ** 20;
/** Files of one archive. */
export const zipEntries = 2000;
/** Recordings of one archive. */
export const zipRecordings = 100;
/** Samples of all leads of one recording. */
export const recordingSamples = 2 ** 26;
/** Recordings that wait for a reader. */
export const waitingRecordings = 16;
