package chaos;

/** What is promised. */
enum Guarantee {
    ANSWER("requests are answered as the contract says, whatever is broken"),
    ACCEPTED("every run that was answered with 201 is there"),
    KEY("one run for each key, and equal answers"),
    END("every run ends, cancelled only where somebody asked for it, failed only where a host was lost"),
    SEQUENCE("the log of each run is 1, 2, 3, … with one end, in the order of the commits"),
    FOLD("run, steps and attempts are what the log says"),
    ATTEMPT("an attempt starts at most once, attempts of a step never overlap, only what may be is tried again"),
    OUTPUT("the output of steps is all there, once"),
    OWNER("only the owner of a run writes"),
    SLOT("runs that must not meet do not"),
    READER("readers saw every event, once, in order"),
    LEFTOVER("no slot, lease, command, secret, folder or process is left behind"),
    COUNT("the counts add up");

    private final String text;

    Guarantee(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }
}
