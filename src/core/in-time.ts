/** What is asked, or null where it takes longer, ms; what comes of it then is nobody's. Rejects as what was asked does. */
export async function inTime<T>(asked: Promise<T>, ms: number): Promise<T | null> {
  asked.catch(() => {});
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), ms);
  try {
    return await Promise.race([asked, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
