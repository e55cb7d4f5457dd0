// Sends the reason of the page beside it, and says what was answered.
const form = document.querySelector("form");
const told = document.querySelector("[role=status]");

async function ask(method, headers, body) {
  const answer = await fetch("/access", { method, headers, body });
  const said = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) told.textContent = said.detail;
  else if (said.closes_at) told.textContent = `Open until ${new Date(said.closes_at)}.`;
  else told.textContent = "Closed.";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const given = new FormData(form);
  const headers = {
    "Authorization": `Bearer ${given.get("token").trim()}`,
    "Content-Type": "application/json",
  };
  const minutes = Number(given.get("minutes"));
  ask("POST", headers, JSON.stringify({ reason: given.get("reason"), minutes }));
});
document.querySelector("#close").addEventListener("click", () => ask("DELETE", {}));
