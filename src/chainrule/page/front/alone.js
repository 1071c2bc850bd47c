// What a file has in the place of server.js: no server.

export const Server = { of: () => null };
