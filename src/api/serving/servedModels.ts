import type { Deployment } from '../../domain/deployment.js';
import { TemperedError } from '../../domain/errors.js';
import { type Route, ServedModel, type ServingDependencies } from './servedModel.js';

/** All models this gateway serves. */
export class ServedModels {
  private readonly models = new Map<string, ServedModel>();
  private loadedFirst = false;

  constructor(private readonly dependencies: ServingDependencies) {}

  /** Whether everything that was deployed at the start has been taken over or refused. */
  get loaded(): boolean {
    return this.loadedFirst;
  }

  /**
   * Brings every model up to its newest deployment, all at once.
   *
   * @param deployments - the newest of each model
   * @returns when each is served or refused, and PostgreSQL knows it
   */
  async follow(deployments: readonly Deployment[]): Promise<void> {
    await Promise.all(
      deployments.map((deployment) => {
        const model = this.models.get(deployment.model) ?? new ServedModel(this.dependencies, deployment);
        this.models.set(deployment.model, model);
        return model.offer(deployment);
      }),
    );
    this.loadedFirst = true;
  }

  /** @throws TemperedError `NotFound` for a model that is not deployed, `Unavailable` while that is not known yet */
  assertDeployed(model: string): void {
    this.require(model);
  }

  /**
   * The route for a request that comes now. Read it and ask the pool in the same turn.
   *
   * @throws TemperedError as `assertDeployed`, and `Unavailable` for a model that could not be loaded
   */
  route(model: string): Route {
    return this.require(model).route;
  }

  private require(model: string): ServedModel {
    const served = this.models.get(model);
    if (served !== undefined) return served;
    if (!this.loaded)
      throw new TemperedError('Unavailable', 'This gateway is still loading its models. Try again.');
    throw new TemperedError(
      'NotFound',
      `There is no deployed model ${JSON.stringify(model.slice(0, 80))}; GET /models lists the models.`,
    );
  }
}
