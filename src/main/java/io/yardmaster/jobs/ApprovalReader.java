package io.yardmaster.jobs;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what people are asked at a gate, and whose answer counts. */
final class ApprovalReader {

    private static final Set<String> KEYS = Set.of(
            "title",
            "description",
            "required",
            "groups",
            "allow_self",
            "deny_quorum",
            "expires_in",
            "on_expiry",
            "remind_every",
            "form");

    private ApprovalReader() {}

    /** The step that asks; null where it is noted why there is none. */
    static @Nullable StepDefinition read(ConfigNode node, StepHead head, ExpressionCompiler compiler) {
        ConfigNode approval = node.at("approval");
        if (!approval.at("title").isPresent()) {
            node.error("asks nothing: approval: {title: …}");
        }
        ApprovalTerms terms = terms(approval, null, compiler);
        return terms == null ? null : new StepDefinition.Approval(head, terms);
    }

    /**
     * The gate that {@code policy: approval} puts before the whole job.
     *
     * @param root the job; its {@code approval} may say more
     * @param title the question, where the job has none of its own
     */
    static @Nullable StepDefinition gate(ConfigNode root, StepHead head, String title, ExpressionContext context) {
        ApprovalTerms terms = terms(root.at("approval"), title, new ExpressionCompiler(context));
        return terms == null ? null : new StepDefinition.Approval(head, terms);
    }

    private static @Nullable ApprovalTerms terms(
            ConfigNode approval, @Nullable String otherwise, ExpressionCompiler compiler) {
        if (approval.isPresent() && !approval.isObject()) {
            return null;
        }
        approval.allow(KEYS);
        approval.at("title").text(1_024);
        approval.at("description").text(16_384);
        Template title = approval.at("title").template(compiler).orElse(null);
        if (title == null && otherwise != null) {
            title = Template.text(otherwise);
        }
        OnExpiry onExpiry = approval.at("on_expiry")
                .choice(
                        OnExpiry::of,
                        Arrays.stream(OnExpiry.values()).map(OnExpiry::label).toList());
        if (approval.at("on_expiry").isPresent() && !approval.at("expires_in").isPresent()) {
            approval.at("on_expiry").warning("has no effect without expires_in");
        }
        int required = approval.at("required").integer(1, 1, 100);
        List<String> groups = approval.at("groups").texts(200);
        boolean allowSelf = approval.at("allow_self").truth(false);
        int denyQuorum = approval.at("deny_quorum").integer(1, 1, 100);
        Duration expiresIn = approval.at("expires_in").duration(Duration.ofSeconds(1));
        Duration remindEvery = approval.at("remind_every").duration(Duration.ofSeconds(1));
        Template description = approval.at("description").template(compiler).orElse(null);
        Form form = FormReader.read(approval.at("form"));
        return title == null
                ? null
                : new ApprovalTerms(
                        title,
                        description,
                        required,
                        groups,
                        allowSelf,
                        denyQuorum,
                        expiresIn,
                        onExpiry == null ? OnExpiry.DENY : onExpiry,
                        remindEvery,
                        form);
    }
}
