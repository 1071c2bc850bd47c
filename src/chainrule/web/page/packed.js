// Arrays as text: how numbers and pictures travel between the page and its server.

/** Numbers that traveled as base64. */
export function unpack(text, Kind = Float32Array) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Kind(bytes.buffer);
}
export const grays = (text) => unpack(text, Uint8Array);

export function pack(bytes) {
  let raw = "";
  for (const byte of bytes) raw += String.fromCharCode(byte);
  return btoa(raw);
}
