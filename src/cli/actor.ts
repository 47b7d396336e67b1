import { userInfo } from 'node:os';

/** Who does this, for the audit trail. */
export function actorOf(command: string): string {
  return `${userInfo().username} (tempered ${command})`;
}
