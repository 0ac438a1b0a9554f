# Demo clock and rules
clock-title = Demo clock
clock-lead = The demo runs by this clock. It moves forward only. Once it has passed a deadline, lateness has its effect.
clock-entries = Jump to an entry of the calendar
clock-when = Time
clock-what = Event
clock-jump = Jump here
rules-title = Rules
rules-lead = Applications are checked by the following rules. Each finding names its clause, the fact and the remedy.
rules-example = Example:{" "}
rules-clauses = Clauses:{" "}
