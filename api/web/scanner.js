// A barcode scanner types like a keyboard, only faster than any hand, and ends with Enter.

const FASTEST_HAND_MS = 50; // between two keys
const SHORTEST = 8; // an EAN-8

export function scanner(scanned) {
  let code = "";
  let last = 0;
  document.addEventListener("keydown", (event) => {
    // When the key was struck, not when a busy tablet comes round to it.
    if (event.timeStamp - last > FASTEST_HAND_MS) code = "";
    last = event.timeStamp;
    if (event.key === "Enter") {
      if (code.length >= SHORTEST) scanned(code);
      code = "";
    } else if (event.key.length === 1) code += event.key;
    // Scanners send the separator of GS1 element strings (1Dh) as Ctrl+].
    if (event.ctrlKey && event.key === "]") code = `${code.slice(0, -1)}\u001d`;
  });
}
