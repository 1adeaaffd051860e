// Counts down to the end of a lockout, then offers to try again. Without it the page says the time
// left in words, and the offer is there from the start.
"use strict";

const box = document.querySelector("[data-countdown]");

if (box) {
  const ring = box.querySelector(".ring");
  const arc = ring.querySelector(".left");
  const clock = ring.querySelector("text");
  const words = box.querySelector("[data-words]");
  const again = box.querySelector("[data-again]");
  const whole = Math.max(Number(box.dataset.of), Number(box.dataset.countdown), 1);
  // The time of day, not a count of ticks: a laptop that slept shows the right time at once.
  const end = Date.now() + Number(box.dataset.countdown) * 1000;
  // When those who listen to the page hear how long it still takes.
  const spoken = new Set([3600, 1800, 600, 300, 120, 60, 30, 10]);

  const shown = (seconds) => {
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    const tail = `${two(minutes)}:${two(seconds % 60)}`;
    return hours ? `${hours}:${tail}` : tail.replace(/^0/, "");
  };

  const inWords = (seconds) => {
    const [size, name] = seconds >= 3600 ? [3600, "hour"] : seconds >= 60 ? [60, "minute"] : [1, "second"];
    const count = Math.ceil(seconds / size);
    return `${count} ${name}${count === 1 ? "" : "s"}`;
  };

  const finish = () => {
    box.classList.add("over");
    clock.textContent = "✓";
    arc.style.strokeDashoffset = 0;
    words.textContent = "You can try again now.";
    again.hidden = false;
    document.querySelector("h1").textContent = "The time is over";
    document.querySelector("[data-hurry]").hidden = true;
    document.title = document.title.replace(/^.*? · /, "Try again · ");
  };

  const tick = () => {
    const left = Math.max(end - Date.now(), 0);
    const seconds = Math.ceil(left / 1000);
    if (seconds === 0) {
      finish();
      return;
    }
    clock.textContent = shown(seconds);
    arc.style.strokeDashoffset = 1 - left / 1000 / whole;
    if (spoken.has(seconds)) {
      words.textContent = `You can try again in ${inWords(seconds)}.`;
    }
    setTimeout(tick, left % 1000 || 1000);
  };

  box.classList.add("running");
  ring.removeAttribute("hidden");
  again.hidden = true;
  tick();
}
