/** Calls `work` with 0 … count-1, at most `width` at a time; fails with the first failure. */
export async function inParallel(count, width, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const at = next;
      next += 1;
      await work(at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
}
