// One event stream, watched: a silent one is as bad as a broken one. Browsers allow six a host, so a hidden page
// closes its own.

const SILENCE_MS = 5_000; // the API sends a heartbeat each second
const REOPEN_MS = 1_000;
const EVENTS = ["snapshot", "change", "heartbeat", "gateway"];

/**
 * Follow /api/stream; calls `take(name, data)` for each event.
 * `state()` is "waiting" before the first event, "connected", or "lost"; `silence()` is ms since the last event.
 */
export function follow(take) {
  let source = null;
  let heard = null;
  let lost = false;
  let opened = 0;

  const hear = (event) => {
    heard = performance.now();
    lost = false;
    take(event.type, JSON.parse(event.data));
  };

  const open = () => {
    source?.close();
    opened = performance.now();
    source = new EventSource("/api/stream");
    for (const name of EVENTS) source.addEventListener(name, hear);
    source.onerror = () => {
      lost = true;
    };
  };

  const watch = () => {
    if (document.hidden) return;
    const quiet = performance.now() - Math.max(heard ?? 0, opened);
    if (quiet > SILENCE_MS) {
      lost = true;
      open();
    } else if (source?.readyState === EventSource.CLOSED && quiet > REOPEN_MS) open();
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) source?.close();
    else open();
    lost = lost || document.hidden; // what comes back into sight is old until the next snapshot
  });
  setInterval(watch, REOPEN_MS);
  open();

  return {
    state: () => (lost ? "lost" : heard === null ? "waiting" : "connected"),
    silence: () => (heard === null ? 0 : performance.now() - heard),
  };
}
