package io.yardmaster.jobs;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A step of a job, as its {@code config.yaml} describes it. */
public sealed interface StepDefinition {

    /** What every type of step has. */
    StepHead head();

    /** The spelling of the type in {@code config.yaml}. */
    String type();

    default String id() {
        return head().id();
    }

    /** Which of several runs of a step this is; null: the step is run once, or is not one of its own instances. */
    default Matrix.@Nullable Instance instance() {
        return head().instance();
    }

    /** The ids of the steps this one waits for. */
    default List<String> needs() {
        return head().needs();
    }

    /** Whether the step runs at all; null: when all it needs is satisfied. */
    default @Nullable Condition when() {
        return head().when();
    }

    /**
     * Starts a program.
     *
     * @param timeout what one attempt may take; null: the job's {@code timeouts.step}
     * @param env the job's variables and the step's own above them
     * @param outputs each output the step declares
     * @param defaultKey of artifacts that have none of their own; null: they have none
     * @param interruptible whether an attempt that was cut off with its server may be made again
     * @param updates the updates it handles while it runs, by name
     * @param secrets the secret arguments that it says it needs; null: it does not say
     */
    record Run(
            StepHead head,
            StepCommand command,
            ExecutorKind executor,
            UlcProfile profile,
            @Nullable Duration timeout,
            RetryPolicy retry,
            SortedMap<String, Template> env,
            SortedMap<String, OutputSchema> outputs,
            List<ArtifactRule> artifacts,
            @Nullable ArtifactKey defaultKey,
            boolean interruptible,
            SortedMap<String, UpdateTerms> updates,
            @Nullable Set<String> secrets)
            implements StepDefinition {
        @Override
        public String type() {
            return "run";
        }

        Run with(StepHead other) {
            return new Run(
                    other,
                    command,
                    executor,
                    profile,
                    timeout,
                    retry,
                    env,
                    outputs,
                    artifacts,
                    defaultKey,
                    interruptible,
                    updates,
                    secrets);
        }
    }

    /** Computes its outputs in the server, without a process. */
    record Eval(StepHead head, SortedMap<String, Expression> values) implements StepDefinition {
        @Override
        public String type() {
            return "eval";
        }

        Eval with(StepHead other) {
            return new Eval(other, values);
        }
    }

    /** Waits. */
    record Sleep(StepHead head, Duration duration) implements StepDefinition {
        @Override
        public String type() {
            return "sleep";
        }
    }

    /** Asks people, and waits until enough of them have decided. */
    record Approval(StepHead head, ApprovalTerms terms) implements StepDefinition {
        @Override
        public String type() {
            return "approval";
        }
    }

    /**
     * Waits for a message of another system.
     *
     * @param name what the message is called
     * @param timeout how long; null: however long it takes
     * @param schema what the message has to be; null: any object
     */
    record Signal(
            StepHead head,
            String name,
            @Nullable Duration timeout,
            @Nullable Form schema) implements StepDefinition {
        @Override
        public String type() {
            return "signal";
        }
    }

    /**
     * Runs another job, and waits for its end.
     *
     * @param source where that job is; null: where this one is
     * @param args what it is given; null: nothing
     * @param retry a further attempt is a run of its own
     */
    record ChildRun(
            StepHead head,
            JobId job,
            @Nullable String source,
            @Nullable Template args,
            RetryPolicy retry,
            OnFailure onFailure)
            implements StepDefinition {
        @Override
        public String type() {
            return "job";
        }

        /**
         * Where the job is.
         *
         * @param own the source of the job that this step is of
         */
        public String sourceOr(String own) {
            return source == null ? own : source;
        }

        ChildRun with(StepHead other) {
            return new ChildRun(other, job, source, args, retry, onFailure);
        }
    }

    /**
     * A step that is run several times. It begins when what it needs is there, and ends with the last of its instances.
     *
     * @param each the step, as it is written once for all instances
     * @param instances in the order of the matrix; each with an id of its own
     */
    record Repeated(StepHead head, StepDefinition each, Matrix matrix, List<StepDefinition> instances)
            implements StepDefinition {

        public Repeated {
            instances = List.copyOf(instances);
        }

        static Repeated of(StepDefinition each, Matrix matrix) {
            List<StepDefinition> instances = IntStream.range(0, matrix.cells().size())
                    .mapToObj(index -> instance(
                            each,
                            each.head()
                                    .of(new Matrix.Instance(
                                            each.id(), index, matrix.cells().get(index)))))
                    .toList();
            return new Repeated(each.head(), each, matrix, instances);
        }

        private static StepDefinition instance(StepDefinition each, StepHead head) {
            return switch (each) {
                case Run run -> run.with(head);
                case Eval eval -> eval.with(head);
                case ChildRun child -> child.with(head);
                case Sleep _, Approval _, Signal _, Repeated _, Unsupported _ ->
                    throw new IllegalStateException("a step of type " + each.type() + " happens once");
            };
        }

        @Override
        public String type() {
            return each.type();
        }
    }

    /** A step this server can read but not run yet; why is in {@link JobDefinition#notRunnableReasons}. */
    record Unsupported(StepHead head, String type, ExecutorKind executor) implements StepDefinition {}
}
