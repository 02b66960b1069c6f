// Controls a headless Chromium for tests of HTML pages. It sends messages of the DevTools protocol
// (https://chromedevtools.github.io/devtools-protocol/) through pipes and needs no package.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

/** The name of an installed browser: the variable CHROMIUM, or a usual name; undefined if no browser is found. */
export const browserProgram = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => name !== undefined && spawnSync(name, ['--version']).status === 0,
);

/** How a page is displayed: the width in pixels, the dark colour scheme, and screen or print. */
export interface View {
  readonly width: number;
  readonly dark?: boolean;
  readonly media?: 'screen' | 'print';
}

/** A running browser with one page. */
export class Browser {
  /** The errors and warnings that the page wrote to its console, and the files that it could not load. */
  readonly complaints: string[] = [];
  readonly #child;
  readonly #profile: string;
  readonly #waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  #session: string | undefined;
  #sent = 0;

  private constructor(program: string, profile: string) {
    this.#profile = profile;
    const words = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--hide-scrollbars',
      `--user-data-dir=${profile}`,
      '--remote-debugging-pipe',
    ];
    this.#child = spawn(program, words, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    let rest = '';
    (this.#child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop()!;
      for (const message of messages) this.#hear(JSON.parse(message));
    });
    this.#child.on('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the browser ended with ${code}`));
    });
  }

  /** Starts the browser with an empty page. */
  static async start(program: string): Promise<Browser> {
    const browser = new Browser(program, await mkdtemp(join(tmpdir(), 'pqrst-browser-')));
    const { targetId } = await browser.send<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
    });
    const attached = await browser.send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    browser.#session = attached.sessionId;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.send(`${domain}.enable`);
    return browser;
  }

  /** Sends a message of the protocol and returns the answer. */
  send<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#sent;
    const message = { id, method, params, ...(this.#session && { sessionId: this.#session }) };
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      (this.#child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    });
  }

  /** Changes how the page is displayed. */
  async view({ width, dark = false, media = 'screen' }: View): Promise<void> {
    const size = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 };
    await this.send('Emulation.setDeviceMetricsOverride', size);
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }];
    await this.send('Emulation.setEmulatedMedia', { media, features });
  }

  /** Opens a file and returns when the page has loaded. */
  async open(path: string): Promise<void> {
    const { errorText } = await this.send<{ errorText?: string }>('Page.navigate', {
      url: pathToFileURL(path).href,
    });
    if (errorText !== undefined) throw new Error(`${path}: ${errorText}`);
    const loaded = 'new Promise((resolve) => addEventListener("load", () => resolve(true)))';
    await this.evaluate(`document.readyState === 'complete' || ${loaded}`);
  }

  /** Returns the value of a JavaScript expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send<{
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    }>('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails !== undefined) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  /** Ends the browser and deletes its profile. */
  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.on('exit', resolve));
    this.#child.kill();
    await gone;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #hear(message: {
    id?: number;
    method?: string;
    params?: never;
    result?: never;
    error?: { message: string };
  }): void {
    if (message.id !== undefined) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message.result!);
      else waiting?.reject(new Error(message.error.message));
      return;
    }
    const { method, params = {} } = message as { method: string; params?: Record<string, unknown> };
    const wrong = ['Log.entryAdded', 'Runtime.exceptionThrown', 'Network.loadingFailed'].includes(method);
    const noise = method === 'Runtime.consoleAPICalled' && ['error', 'warning'].includes(String(params.type));
    if (wrong || noise) this.complaints.push(JSON.stringify(params));
  }
}
