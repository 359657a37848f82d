"""A patch panel as a trunkd board: two E1 spans, joined timeslot by timeslot."""
