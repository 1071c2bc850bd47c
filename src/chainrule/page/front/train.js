export function mount() {
  return {};
}
