// Bytes as text, in base64, and back.

export function base64(given) {
  let text = "";
  for (let i = 0; i < given.length; i += 2 ** 15) text += String.fromCharCode(...given.subarray(i, i + 2 ** 15));
  return btoa(text);
}

export function bytes(text) {
  const raw = atob(text), found = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
  return found;
}
