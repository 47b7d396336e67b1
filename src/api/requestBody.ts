import { HTTPException } from 'hono/http-exception';
import { TemperedError } from '../domain/errors.js';

/** What is read of a request. */
interface JsonRequest {
  header: (name: string) => string | undefined;
  text: () => Promise<string>;
  raw: Request;
}

/**
 * Reads a request's body as JSON, whatever its Content-Type says.
 *
 * @param maxBytes - more is refused while it is being read, also where no Content-Length announced it
 * @throws HTTPException 413; TemperedError `InvalidInput` where it is no JSON or ends early
 */
export async function readJson(request: JsonRequest, maxBytes: number): Promise<unknown> {
  const text = await readText(request, maxBytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TemperedError('InvalidInput', 'The body is not valid JSON.', { cause: error });
  }
}

async function readText(request: JsonRequest, maxBytes: number): Promise<string> {
  const announced = request.header('content-length');
  if (announced !== undefined && Number(announced) > maxBytes) throw tooLarge(maxBytes);
  try {
    // HTTP holds a body to its announced length, and this way of reading is the faster one.
    if (announced !== undefined) return await request.text();
    return await readCounted(request.raw.body, maxBytes);
  } catch (error) {
    if (error instanceof HTTPException) throw error;
    throw new TemperedError('InvalidInput', 'The body could not be read to its end.', { cause: error });
  }
}

async function readCounted(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(maxBytes: number): HTTPException {
  return new HTTPException(413, {
    message: `The body is larger than the ${maxBytes} bytes this gateway reads.`,
  });
}
