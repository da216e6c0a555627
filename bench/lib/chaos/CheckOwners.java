package chaos;

import java.sql.SQLException;

/** Who wrote, as the witness saw it: only who had claimed the run, and had not lost it. Runs that must not meet. */
final class CheckOwners {

    private CheckOwners() {}

    static void check(Evidence evidence, Findings findings) throws SQLException {
        evidence.none(findings, Guarantee.OWNER, "written by another server than the one that had claimed it", """
            SELECT p.run_id AS run, p.last_seq AS "up to", p.epoch, p.server AS writer, c.server AS owner
            FROM chaos.progress p JOIN chaos.claim c ON c.run_id = p.run_id AND c.epoch = p.epoch
            WHERE p.server <> c.server ORDER BY p.id LIMIT 200
            """);
        evidence.none(findings, Guarantee.OWNER, "written while nobody owned it", """
            SELECT p.run_id AS run, p.last_seq AS "up to", p.epoch, p.server AS writer
            FROM chaos.progress p WHERE p.node IS NULL ORDER BY p.id LIMIT 200
            """);
        evidence.none(findings, Guarantee.OWNER, "the epoch has gone back", """
            SELECT run_id AS run, epoch, before FROM (
                SELECT run_id, epoch, lag(epoch) OVER (PARTITION BY run_id ORDER BY id) AS before FROM chaos.progress
            ) ordered WHERE epoch < before LIMIT 200
            """);
        evidence.none(findings, Guarantee.OWNER, "claimed twice in one epoch", """
            SELECT run_id AS run, epoch, count(*) FROM chaos.claim GROUP BY run_id, epoch HAVING count(*) > 1 LIMIT 200
            """);
        evidence.none(findings, Guarantee.SLOT, "has begun before the end of one with the same key", """
            SELECT run_id AS run, started_at AS began, before FROM (
                SELECT run_id, started_at, lag(finished_at) OVER (ORDER BY started_at) AS before
                FROM run WHERE job_id = 'alone' AND started_at IS NOT NULL) ordered
            WHERE started_at < before LIMIT 200
            """);
    }
}
