import type { ArtifactStore } from '../../artifacts/store.js';
import type { Deployment } from '../../domain/deployment.js';
import { TemperedError, messageOf } from '../../domain/errors.js';
import type { ModelSignature } from '../../domain/tensor.js';
import type { InferencePool } from '../../inference/pool.js';
import type { Database } from '../../store/database.js';
import { acknowledgeEpoch, refuseEpoch } from '../../store/gateways.js';
import { readDefinition } from '../../store/models.js';
import { requireModelVersion } from '../../store/versions.js';
import type { Log } from '../log.js';
import { readFeatureCompletion, type FeatureCompletion } from './featureCompletion.js';

/** A version that is loaded in the pool, under its artifact's hash. */
export interface ServedVersion {
  version: number;
  key: string;
  file: string;
  signature: ModelSignature;
  /** Inputs that may be looked up; null where the version uses no feature views. */
  completion: FeatureCompletion | null;
}

/** What answers a model's requests: a deployment whose versions are loaded and warm. Never changed, only replaced. */
export interface Route {
  deployment: Deployment;
  champion: ServedVersion;
  challenger: ServedVersion | null;
}

export interface ServingDependencies {
  db: Database;
  artifacts: ArtifactStore;
  pool: InferencePool;
  replicaId: string;
  log: Log;
}

/**
 * Follows one model's deployments. A new epoch's versions are fetched (checked against their hash), loaded and warmed
 * while the old route serves; then the route is switched in one assignment, and only then acknowledged (invariant 6).
 * An epoch that cannot be loaded is refused with its reason, and the old route goes on.
 *
 * The pool frees a model only after the runs asked for before, and a request asks for its run in the same turn in
 * which it reads the route: so no request loses its model.
 */
export class ServedModel {
  private current: Route | null = null;
  private target: Deployment;
  private refusal: { epoch: number; reason: string; permanent: boolean } | null = null;
  /** What PostgreSQL knows of this. */
  private answered: { epoch: number; refusal: string | null } | null = null;
  private catchingUp: Promise<void> | null = null;

  constructor(
    private readonly dependencies: ServingDependencies,
    first: Deployment,
  ) {
    this.target = first;
  }

  /**
   * The route for a request that comes now.
   *
   * @throws TemperedError `Unavailable` while no epoch could be loaded yet
   */
  get route(): Route {
    if (this.current !== null) return this.current;
    const reason = this.refusal?.reason ?? 'it is still being loaded';
    throw new TemperedError('Unavailable', `Model "${this.target.model}" cannot be served yet: ${reason}`);
  }

  /** Takes a deployment over, unless a newer one is known. @returns when the newest known one is served or refused */
  offer(deployment: Deployment): Promise<void> {
    if (deployment.epoch > this.target.epoch) this.target = deployment;
    this.catchingUp ??= this.catchUp().finally(() => (this.catchingUp = null));
    return this.catchingUp;
  }

  private async catchUp(): Promise<void> {
    // What failed for a passing reason (a dependency away) is tried again whenever somebody offers.
    if (this.refusal?.permanent === false) this.refusal = null;
    do {
      while (this.isBehind()) await this.takeOver(this.target);
      await this.answer();
    } while (this.isBehind());
  }

  private isBehind(): boolean {
    const { epoch } = this.target;
    return this.current?.deployment.epoch !== epoch && this.refusal?.epoch !== epoch;
  }

  private async takeOver(deployment: Deployment): Promise<void> {
    const { log } = this.dependencies;
    const { model, epoch, championVersion, challengerVersion } = deployment;
    let route: Route;
    try {
      route = await this.loadRoute(deployment);
    } catch (error) {
      const permanent = error instanceof TemperedError && error.permanent;
      this.refusal = { epoch, reason: messageOf(error), permanent };
      log.error({ model, epoch, reason: messageOf(error) }, 'deployment refused');
      return;
    }
    // A newer epoch came while this one was loaded: go straight to it.
    if (this.target !== deployment) return this.unload(versionsOf(route));
    const replaced = this.current;
    this.current = route;
    this.refusal = null;
    log.info({ model, epoch, championVersion, challengerVersion }, 'deployment serving');
    if (replaced !== null) await this.unload(versionsOf(replaced));
  }

  private async loadRoute(deployment: Deployment): Promise<Route> {
    const champion = await this.loadVersion(deployment.championVersion);
    try {
      const { challengerVersion } = deployment;
      const challenger = challengerVersion === null ? null : await this.loadVersion(challengerVersion);
      return { deployment, champion, challenger };
    } catch (error) {
      await this.unload([champion]);
      throw error;
    }
  }

  /** What serves already is used again, not read again: its file may have been damaged since. */
  private async loadVersion(version: number): Promise<ServedVersion> {
    const serving = this.current === null ? [] : versionsOf(this.current);
    const served =
      serving.find((candidate) => candidate.version === version) ?? (await this.fetchVersion(version));
    await this.dependencies.pool.load(served.key, served.file);
    return served;
  }

  private async fetchVersion(version: number): Promise<ServedVersion> {
    const { db, artifacts } = this.dependencies;
    const { artifactSha256, definitionDigest, signature } = await requireModelVersion(
      db,
      this.target.model,
      version,
    );
    const completion = await readFeatureCompletion(db, await readDefinition(db, definitionDigest));
    const file = await artifacts.fetch(artifactSha256);
    return { version, key: artifactSha256, file, signature, completion };
  }

  private async unload(versions: readonly ServedVersion[]): Promise<void> {
    await Promise.all(versions.map(({ key }) => this.dependencies.pool.unload(key)));
  }

  /** Tells PostgreSQL how the newest epoch fared here, once. */
  private async answer(): Promise<void> {
    const { db, replicaId } = this.dependencies;
    const { model, epoch } = this.target;
    const refusal = this.refusal?.epoch === epoch ? this.refusal.reason : null;
    if (this.answered?.epoch === epoch && this.answered.refusal === refusal) return;
    if (refusal === null) await acknowledgeEpoch(db, replicaId, model, epoch);
    else await refuseEpoch(db, replicaId, model, epoch, refusal);
    this.answered = { epoch, refusal };
  }
}

function versionsOf({ champion, challenger }: Route): ServedVersion[] {
  return challenger === null ? [champion] : [champion, challenger];
}
