import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type { ArtifactStore } from '../artifacts/store.js';
import type { Database } from '../store/database.js';
import { accessControl } from './access.js';
import { Authenticator } from './authenticator.js';
import { answerError } from './errorResponse.js';
import type { GatewayApp, GatewayEnv } from './gatewayEnv.js';
import type { InferenceDependencies } from './inference.js';
import type { Log } from './log.js';
import { requestLog } from './requestLog.js';
import { addDatasetRoutes } from './routes/datasets.js';
import { addFeatureRoutes } from './routes/features.js';
import { addHealthRoutes } from './routes/health.js';
import { addInferenceRoutes } from './routes/inference.js';
import { addLineageRoutes } from './routes/lineage.js';
import { addModelRoutes } from './routes/models.js';
import { addOutcomeRoutes } from './routes/outcomes.js';
import { addPageRoutes } from './routes/pages.js';
import { addRunRoutes } from './routes/runs.js';
import { addServingRoutes } from './routes/serving.js';

export interface GatewayDependencies extends InferenceDependencies {
  db: Database;
  artifacts: ArtifactStore;
  maxBodyBytes: number;
  log: Log;
  /** Whether the gateway is on its way down: it finishes what it has, and asks clients to go elsewhere. */
  isClosing: () => boolean;
}

/**
 * The gateway's HTTP application, without a socket.
 *
 * @example
 * const app = createGateway(dependencies);
 * const response = await app.request('/v2/health/live');
 */
export function createGateway(dependencies: GatewayDependencies): GatewayApp {
  const { db, log, served, lease, isClosing } = dependencies;
  const app: GatewayApp = new OpenAPIHono<GatewayEnv>();
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', { type: 'http', scheme: 'bearer' });
  app.onError(answerError(log));
  app.notFound((c) => {
    throw new HTTPException(404, { message: `There is no ${c.req.method} ${c.req.path}.` });
  });

  app.use(requestLog(log));
  app.use(async (c, next) => {
    await next();
    if (isClosing()) c.header('connection', 'close');
  });
  app.use(accessControl(new Authenticator(db)));

  addHealthRoutes(app, { isReady: () => served.loaded && lease.held && !isClosing() });
  addInferenceRoutes(app, dependencies);
  addOutcomeRoutes(app, dependencies);
  addFeatureRoutes(app, dependencies);
  addModelRoutes(app, dependencies);
  addServingRoutes(app, dependencies);
  addRunRoutes(app, dependencies);
  addLineageRoutes(app, dependencies);
  addDatasetRoutes(app, dependencies);
  addPageRoutes(app);
  return app;
}
