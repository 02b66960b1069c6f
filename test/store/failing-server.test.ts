// An S3 server that fails: it answers 500, breaks off, hangs or refuses. The store then repeats, or ends with a message
// within its limits, and leaves no object under a final name.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { openStore, type Store } from '#lib/store/store.js';
import { secrets, setAwsEnvironment } from '../helpers/aws-environment.js';
import { errorOf } from '../helpers/folder.js';
import { textOf } from '../helpers/store-contract.js';

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

const limits = { timeoutMs: 500, attempts: 3 };
let restore: (() => void) | undefined;
afterEach(() => restore?.());

/** Opens a store of a server whose requests `answer` answers; `requests` receives `METHOD path?query` of each. */
async function storeOf(answer: Answer, requests: string[] = [], signal?: AbortSignal): Promise<Store> {
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const pieces: Buffer[] = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => answer(request, response, Buffer.concat(pieces)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  ({ restore } = setAwsEnvironment(`http://127.0.0.1:${port}`));
  return openStore('s3://bucket/prefix', { ...limits, signal });
}

function xml(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
}

const fail = (response: ServerResponse) =>
  xml(response, 500, '<Error><Code>InternalError</Code><Message>an internal error</Message></Error>');

/** Never answers. */
const hang: Answer = () => undefined;

describe('a failing server', () => {
  it('is asked again after 500, and then answers', async () => {
    const requests: string[] = [];
    const store = await storeOf((_, response) => {
      if (requests.length < 3) fail(response);
      else response.writeHead(200, { etag: '"1"' }).end();
    }, requests);
    expect(await store.put('x', Buffer.from('x'), { ifAbsent: true })).toBe(true);
    expect(requests).toHaveLength(3);
  });

  it('ends with a message after its last 500', async () => {
    const store = await storeOf((_, response) => fail(response));
    expect(await errorOf(store.put('x', Buffer.from('x')))).toBe(
      'ERR_STORE: could not write s3://bucket/prefix/x: the server answered 500 InternalError in 3 attempts; run the command again later',
    );
    expect(await errorOf(textOf(store, 'x'))).toMatch(
      /^ERR_STORE: could not read .*answered 500 .* in 3 attempts/,
    );
  });

  it('fails twice, then hangs: a message within the time limit', async () => {
    const requests: string[] = [];
    const store = await storeOf((request, response, body) => {
      if (requests.length <= 2) fail(response);
      else hang(request, response, body);
    }, requests);
    const began = performance.now();
    expect(await errorOf(store.put('x', Buffer.from('x')))).toMatch(
      /^ERR_STORE: could not write s3:\/\/bucket\/prefix\/x: the server sent nothing for 0.5 s in 3 attempts; check the network/,
    );
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('that accepts connections and sends nothing ends every method with a message', async () => {
    const store = await storeOf(hang);
    const calls = [textOf(store, 'x'), store.head('x'), store.list().next(), store.remove('x')];
    for (const message of await Promise.all(calls.map((call) => errorOf(call)))) {
      expect(message).toMatch(/^ERR_STORE: .* the server sent nothing for 0.5 s/);
    }
  });

  it('that hangs in the middle of an upload leaves no object', async () => {
    const requests: string[] = [];
    const store = await storeOf((request, response, body) => {
      if (request.url?.includes('uploads')) {
        xml(
          response,
          200,
          '<InitiateMultipartUploadResult><UploadId>7</UploadId></InitiateMultipartUploadResult>',
        );
      } else if (request.method === 'DELETE') response.writeHead(204).end();
      else if (request.url?.includes('partNumber=1')) response.writeHead(200, { etag: '"1"' }).end();
      else hang(request, response, body);
    }, requests);
    const error = await errorOf(store.put('x', new Uint8Array(2 ** 24 + 1)));
    expect(error).toMatch(/^ERR_STORE: could not write .*: the server sent nothing for 0.5 s/);
    expect(requests.filter((line) => /^POST .*uploadId=7/.test(line))).toEqual([]);
    expect(requests.at(-1)).toMatch(/^DELETE \/bucket\/prefix\/x\?.*uploadId=7/);
  });

  it('that has a large object by now keeps it, and the parts are removed', async () => {
    const requests: string[] = [];
    const store = await storeOf((request, response) => {
      if (request.method === 'HEAD') response.writeHead(404).end();
      else if (request.method === 'DELETE') response.writeHead(204).end();
      else if (request.url?.includes('uploads')) {
        xml(
          response,
          200,
          '<InitiateMultipartUploadResult><UploadId>7</UploadId></InitiateMultipartUploadResult>',
        );
      } else if (request.method === 'PUT') response.writeHead(200, { etag: '"1"' }).end();
      else {
        expect(request.headers['if-none-match']).toBe('*');
        xml(response, 412, '<Error><Code>PreconditionFailed</Code></Error>');
      }
    }, requests);
    expect(await store.put('x', new Uint8Array(2 ** 24 + 1), { ifAbsent: true })).toBe(false);
    expect(requests.at(-1)).toMatch(/^DELETE \/bucket\/prefix\/x\?.*uploadId=7/);
  });

  it('that breaks off in the middle of an object gives the rest on request', async () => {
    const ranges: (string | undefined)[] = [];
    const store = await storeOf((request, response) => {
      ranges.push(request.headers.range);
      if (ranges.length === 1) {
        response.writeHead(200, { 'content-length': '10', etag: '"1"' });
        response.write('abcd', () => setImmediate(() => response.destroy()));
        return;
      }
      expect(request.headers['if-match']).toBe('"1"');
      const from = Number(/\d+/.exec(request.headers.range!)![0]);
      const rest = 'abcdefghij'.slice(from);
      response.writeHead(206, { 'content-range': `bytes ${from}-9/10`, 'content-length': rest.length });
      response.end(rest);
    });
    expect(await textOf(store, 'x')).toBe('abcdefghij');
    expect(ranges).toEqual([undefined, 'bytes=4-9']);
  });

  it('that always breaks off ends with a message', async () => {
    const store = await storeOf((_, response) => {
      response.writeHead(200, { 'content-length': '10', etag: '"1"' });
      response.flushHeaders();
      setImmediate(() => response.destroy());
    });
    expect(await errorOf(textOf(store, 'x'))).toMatch(
      /^ERR_STORE: could not read s3:\/\/bucket\/prefix\/x: /,
    );
  });

  it('reports an object that was replaced while it was read', async () => {
    let answers = 0;
    const store = await storeOf((_, response) => {
      if (answers++ > 0) return xml(response, 412, '<Error><Code>PreconditionFailed</Code></Error>');
      response.writeHead(200, { 'content-length': '10', etag: '"1"' });
      response.write('abcd', () => setImmediate(() => response.destroy()));
    });
    expect(await errorOf(textOf(store, 'x'))).toMatch(/it was replaced while it was read/);
  });

  it('counts an object as put whose answer was lost', async () => {
    const requests: string[] = [];
    const store = await storeOf((_, response) => {
      if (requests.length === 1) response.destroy();
      else xml(response, 412, '<Error><Code>PreconditionFailed</Code></Error>');
    }, requests);
    expect(await store.put('x', Buffer.from('x'), { ifAbsent: true })).toBe(false);
  });

  it('lists all pages', async () => {
    const store = await storeOf((request, response) => {
      const second = request.url!.includes('continuation-token=more');
      const next = second ? '' : '<NextContinuationToken>more</NextContinuationToken>';
      const name = second ? 'b' : 'a';
      const found = `<Contents><Key>prefix/${name}</Key><Size>1</Size></Contents>`;
      xml(
        response,
        200,
        `<ListBucketResult><IsTruncated>${!second}</IsTruncated>${next}${found}</ListBucketResult>`,
      );
    });
    const names = [];
    for await (const { name } of store.list()) names.push(name);
    expect(names).toEqual(['a', 'b']);
  });

  it('stops at once when the signal is aborted', async () => {
    const controller = new AbortController();
    const store = await storeOf(hang, [], controller.signal);
    const call = store.put('x', Buffer.from('x'));
    setTimeout(() => controller.abort(new Error('stop')), 100);
    await expect(call).rejects.toThrow('stop');
  });
});

describe('credentials', () => {
  const refusal =
    (code: string): Answer =>
    (request, response) => {
      const leaked = `${secrets.join(' ')} ${request.headers.authorization}`;
      xml(
        response,
        403,
        `<Error><Code>${code}</Code><Message>${leaked}</Message><AWSAccessKeyId>${secrets[0]}</AWSAccessKeyId>` +
          `<StringToSign>${leaked}</StringToSign></Error>`,
      );
    };

  it.each(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'AccessDenied'])(
    'that are refused (%s) give a message without them',
    async (code) => {
      const store = await storeOf(refusal(code));
      const calls = [() => store.put('x', Buffer.from('x')), () => textOf(store, 'x'), () => store.head('x')];
      for (const call of calls) {
        const error = await call().then(
          () => expect.fail('it succeeded'),
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(PqrstError);
        expect((error as Error).message).toMatch(
          /the server refuses the credentials \(.*\); check that they/,
        );
        const shown = inspect(error, { depth: 20, showHidden: true });
        for (const secret of [...secrets, 'Signature=', 'AWS4-HMAC']) expect(shown).not.toContain(secret);
      }
    },
  );

  it('that are missing give a message that says where they come from', async () => {
    const store = await storeOf(hang);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name];
    const reopened = await openStore('s3://bucket/prefix', limits);
    store.close();
    expect(await errorOf(reopened.head('x'))).toMatch(
      /^ERR_STORE: could not read .*: no credentials were found; set AWS_ACCESS_KEY_ID/,
    );
  });
});
