// Reads request bodies with two limits: bytes of one body, and bytes of all bodies that are in memory.

import type { IncomingMessage } from 'node:http';
import { ServiceError } from '../errors.js';
import type { Limits } from '../limits.js';

/** The bytes of all bodies in memory. */
export class BodyBudget {
  readonly #limits: Limits;
  #held = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Bytes of bodies in memory. */
  get held(): number {
    return this.#held;
  }

  /** Takes `bytes` from the budget; the caller gives them back. */
  take(bytes: number): void {
    if (this.#held + bytes > this.#limits.allBodiesBytes) {
      throw new ServiceError(
        429,
        'ERR_BUSY',
        'other requests fill the memory for bodies; try again later',
        1,
      );
    }
    this.#held += bytes;
  }

  /** Gives `bytes` back. */
  give(bytes: number): void {
    this.#held -= bytes;
  }

  /**
   * Reads a body. `hold` learns of each taken byte, because the body stays in memory until the answer is sent.
   *
   * @throws ServiceError ERR_TOO_LARGE: when it is too long.
   * @throws ServiceError ERR_BUSY: when other bodies fill the memory.
   */
  async read(message: IncomingMessage, hold: (bytes: number) => void): Promise<Buffer> {
    const { bodyBytes } = this.#limits;
    const tooLarge = () =>
      new ServiceError(413, 'ERR_TOO_LARGE', `the body has more than ${bodyBytes} bytes; divide the request`);
    const stated = Number(message.headers['content-length'] ?? 0);
    if (stated > bodyBytes) throw tooLarge();
    const encoding = message.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      throw new ServiceError(
        415,
        'ERR_REQUEST',
        `the content encoding "${encoding}" is not read; send the body as it is`,
      );
    }
    const chunks: Buffer[] = [];
    let length = 0;
    // The stream stays open after a refusal, so that the answer can be sent.
    for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (length + chunk.length > bodyBytes) throw tooLarge();
      this.take(chunk.length);
      hold(chunk.length);
      length += chunk.length;
      chunks.push(chunk);
    }
    // A client that ends in mid-body destroys the stream, which throws above; this is the length it stated.
    if (message.headers['content-length'] !== undefined && length !== stated) {
      throw new ServiceError(
        400,
        'ERR_REQUEST',
        `the body has ${length} bytes, but its header states ${stated}`,
      );
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
  }
}
