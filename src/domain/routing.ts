import type { Arm, Deployment } from './deployment.js';

/**
 * Maps a key to [0, 1), evenly and always alike: 64-bit FNV-1a, then the finalizer of SplitMix64 (FNV alone
 * leaves the high bits of short, similar keys close together).
 */
export function unitHash(key: string): number {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(key)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  hash = BigInt.asUintN(64, (hash ^ (hash >> 30n)) * 0xbf58476d1ce4e5b9n);
  hash = BigInt.asUintN(64, (hash ^ (hash >> 27n)) * 0x94d049bb133111ebn);
  hash ^= hash >> 31n;
  return Number(hash >> 11n) / 2 ** 53;
}

/**
 * The arm that answers a routing key. Sticky: within one rollout a key that met the challenger keeps meeting it,
 * as stages only widen the challenger's share; another rollout spreads the keys anew.
 */
export function assignArm(deployment: Deployment, routingKey: string): Arm {
  if (deployment.challengerVersion === null || deployment.rolloutId === null) return 'champion';
  return unitHash(`${deployment.rolloutId}/${routingKey}`) < deployment.challengerWeight
    ? 'challenger'
    : 'champion';
}
