import { Context } from '@temporalio/activity';

const everyMs = 1000;

/**
 * Says every second that this activity is alive, whatever it is busy with, so that a killed worker is noticed soon
 * and a slow one is not taken for dead. Details stay those of the attempt before until there are newer ones.
 */
export async function heartbeating<Result>(
  work: (report: (details: unknown) => void) => Promise<Result>,
): Promise<Result> {
  const context = Context.current();
  let newest: unknown = context.info.heartbeatDetails;
  const beat = () => context.heartbeat(newest);
  const timer = setInterval(beat, everyMs);
  try {
    return await work((details) => {
      newest = details;
      beat();
    });
  } finally {
    clearInterval(timer);
  }
}
