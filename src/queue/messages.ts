// The messages between a worker and its child process.

/** What a worker says to its child. */
export type ToChild =
  | {
      readonly kind: 'run';
      readonly job: unknown;
      readonly roots: readonly string[];
      readonly threads: number | undefined;
    }
  | { readonly kind: 'stop' };

/** What a child says to its worker. */
export type FromChild =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'done'; readonly result: Readonly<Record<string, unknown>> }
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'failed';
      readonly message: string;
      /** True if another attempt cannot help. */
      readonly isFinal: boolean;
      /** True if the machine failed, for example because its disk is full, and not the part. */
      readonly isMachine: boolean;
    };
