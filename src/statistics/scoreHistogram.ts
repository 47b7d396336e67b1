/** Bits of a score's FP32 form that are dropped: what is left tells scores apart that differ by 1 part in 2048. */
const droppedBits = 12;
/** Of all numbers from 0 to 1: non-negative FP32 numbers are in the order of their bits. */
const bins = (0x3f800000 >>> droppedBits) + 1;

/** Scores of any number of rows, counted in constant memory. */
export class ScoreHistogram {
  private readonly negatives = new Uint32Array(bins);
  private readonly positives = new Uint32Array(bins);
  private readonly score = new Float32Array(1);
  private readonly bits = new Uint32Array(this.score.buffer);

  /** @param score - from 0 to 1 */
  add(score: number, label: number): void {
    this.score[0] = score;
    const bin = (this.bits[0] ?? 0) >>> droppedBits;
    const counts = label === 1 ? this.positives : this.negatives;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }

  /**
   * Area under the ROC curve: the share of pairs of a positive and a negative that are in order, scores of one bin
   * counting half. NaN where a class has no row.
   */
  auc(): number {
    let [negativesBelow, positivesSeen, inOrder] = [0, 0, 0];
    this.positives.forEach((positives, bin) => {
      const negatives = this.negatives[bin] ?? 0;
      inOrder += positives * (negativesBelow + negatives / 2);
      negativesBelow += negatives;
      positivesSeen += positives;
    });
    return inOrder / (negativesBelow * positivesSeen);
  }
}
