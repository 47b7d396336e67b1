import { modelNameSchema } from './identifiers.js';
import type { Deployment } from './deployment.js';

/** Aliases that follow from what is deployed; nobody sets them. */
export const derivedAliases = ['champion', 'challenger'] as const;
export type DerivedAlias = (typeof derivedAliases)[number];

export function isDerivedAlias(alias: string): alias is DerivedAlias {
  return derivedAliases.some((derived) => derived === alias);
}

/** A name of a user's own for a version, such as "candidate" or "before-the-storm". */
export const aliasSchema = modelNameSchema
  .refine(
    (alias) => !isDerivedAlias(alias),
    'follows from what is deployed; change it by a rollout or a rollback',
  )
  .refine((alias) => !/^v\d+$/.test(alias), 'looks like a version number');

/** The version that a derived alias names under a deployment, or null. */
export function derivedVersion(alias: DerivedAlias, deployment: Deployment | null): number | null {
  if (deployment === null) return null;
  return alias === 'champion' ? deployment.championVersion : deployment.challengerVersion;
}
