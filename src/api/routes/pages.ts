import { readFileSync } from 'node:fs';
import { HTTPException } from 'hono/http-exception';
import type { GatewayApp } from '../gatewayEnv.js';
import { packageVersion } from '../packageVersion.js';

/** The pages are sources, not compiled: they lie beside this package's dist/. */
const folder = new URL('../../../../src/api/dashboard/', import.meta.url);

const contentTypes = {
  'index.html': 'text/html; charset=utf-8',
  'docs.html': 'text/html; charset=utf-8',
  'runs.html': 'text/html; charset=utf-8',
  'dashboard.js': 'text/javascript; charset=utf-8',
  'docs.js': 'text/javascript; charset=utf-8',
  'runs.js': 'text/javascript; charset=utf-8',
  'chart.js': 'text/javascript; charset=utf-8',
  'session.js': 'text/javascript; charset=utf-8',
  'features.html': 'text/html; charset=utf-8',
  'features.js': 'text/javascript; charset=utf-8',
  'elements.js': 'text/javascript; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
};

/** The pages load nothing from elsewhere, run no inline script and can't be framed. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** The status page, that of runs, the API's reference and its description. Public: what they show of models, they ask for with a key. */
export function addPageRoutes(app: GatewayApp): void {
  const pages = new Map(
    Object.entries(contentTypes).map(([file, contentType]) => [
      file,
      {
        body: readFileSync(new URL(file, folder), 'utf8'),
        headers: { ...headers, 'content-type': contentType },
      },
    ]),
  );
  const answer = (file: string): Response => {
    const page = pages.get(file);
    if (page === undefined)
      throw new HTTPException(404, { message: `There is no page ${file.slice(0, 80)}.` });
    return new Response(page.body, { headers: page.headers });
  };

  app.get('/', () => answer('index.html'));
  app.get('/docs', () => answer('docs.html'));
  app.get('/pages/runs', () => answer('runs.html'));
  app.get('/pages/features', () => answer('features.html'));
  app.get('/assets/:file', (c) => answer(c.req.param('file')));
  app.get('/openapi.json', (c) =>
    c.json(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'Tempered gateway',
          version: packageVersion,
          description: 'Predictions by the Open Inference Protocol, outcomes, and the status of models.',
        },
      }),
    ),
  );
}
